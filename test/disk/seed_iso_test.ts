import { assertEquals } from "@std/assert";
import { writeSeedIso } from "../../src/disk/seed_iso.ts";
import { runCommand } from "../../src/run/command.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

testNeeding({ programs: ["xorriso"] }, "writeSeedIso() writes what cloud-init looks for", async () => {
  await using folder = await TempFolder.create();
  const iso = folder.file("web-seed.iso");
  const files = { "user-data": "#cloud-config\n", "meta-data": "instance-id: i-1\n" };
  await writeSeedIso(files, iso, folder.path, new AbortController().signal);
  assertEquals(await folder.names(), ["web-seed.iso"]);
  const { stdout } = await runCommand("xorriso", [
    ...["-indev", iso, "-osirrox", "on", "-toc", "-find", "/", "-type", "f", "--"],
    ...["-extract", "/user-data", folder.file("copy")],
  ]);
  const names = stdout.split("\n").map((line) => line.trim().replaceAll("'", "")).filter((line) =>
    /^\//.test(line)
  );
  assertEquals(names.toSorted(), ["/meta-data", "/user-data"]);
  assertEquals(await Deno.readTextFile(folder.file("copy")), "#cloud-config\n");
  const { stdout: label } = await runCommand("blkid", ["-p", "-s", "LABEL", "-o", "value", iso]);
  assertEquals(label, "cidata\n");
});
