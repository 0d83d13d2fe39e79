import { assertEquals, assertStringIncludes } from "@std/assert";
import { renderDoctor } from "../../src/cli/doctor.ts";
import { renderSource } from "../../src/cli/inspect.ts";
import { imageLines } from "../../src/cli/verify.ts";
import { pageFor } from "../../src/report/page.ts";
import { runCli } from "../support/cli.ts";
import { makeRawDisk } from "../support/images.ts";
import { testNeeding } from "../support/needs.ts";
import { sampleVm } from "../support/sample_report.ts";
import { TempFolder } from "../support/temp.ts";

const PAGE = pageFor({ columns: 80, color: false, utf8: true });

Deno.test("renderSource() shows each disk with its sizes", () => {
  assertEquals(renderSource(sampleVm().source!, PAGE).split("\n"), [
    "web-01",
    "  Kind      vmdk",
    "",
    "Disk 1",
    "  Path      /src/web-01.vmdk",
    "  Format    vmdk (streamOptimized)",
    "  Size      4 GiB, 134 MiB on storage",
    "",
  ]);
});

Deno.test("renderDoctor() marks what is there, what is optional and what is missing, with the cure", () => {
  const report = {
    ok: false,
    checks: [
      { name: "qemu-img", ok: true, optional: false, version: "7.2", detail: "copies", hint: "not shown" },
      { name: "virt-v2v", ok: false, optional: true, detail: "not found", hint: "apt-get install virt-v2v" },
      {
        name: "libguestfs",
        ok: false,
        optional: false,
        detail: "not found",
        hint: "apt-get install libguestfs0",
      },
    ],
  };
  assertEquals(renderDoctor(report, PAGE).split("\n"), [
    "  ✔ qemu-img    7.2; copies",
    "  – virt-v2v    not found; apt-get install virt-v2v",
    "  ✘ libguestfs  not found; apt-get install libguestfs0",
    "",
    "Not ready: install what is missing.",
    "",
  ]);
});

Deno.test("imageLines() calls leaked clusters no damage, and a raw image unchecked", () => {
  const check = {
    path: "a",
    format: "qcow2",
    virtualSizeBytes: 1024,
    allocatedSizeBytes: 512,
    checked: true,
    leakedClusters: 3,
  };
  const lines = imageLines(PAGE, check);
  assertStringIncludes(lines[0]!, "the image is sound");
  assertStringIncludes(lines.at(-1)!, "3 leaked clusters");
  assertStringIncludes(
    imageLines(PAGE, { ...check, format: "raw", checked: false })[0]!,
    "no metadata to check",
  );
});

testNeeding(
  { programs: ["qemu-img"] },
  "inspect --json prints the source alone on standard output",
  async () => {
    await using folder = await TempFolder.create();
    await makeRawDisk(folder.file("disk.raw"));
    const { status, stdout, stderr } = await runCli(["inspect", folder.file("disk.raw"), "--json"]);
    assertEquals([status, stderr], [0, ""]);
    assertEquals(JSON.parse(stdout).disks[0].path, folder.file("disk.raw"));
  },
);
