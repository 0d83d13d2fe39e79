import { assertEquals, assertRejects } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { runCommand } from "../../src/run/command.ts";
import { MemoryFiles } from "./memory_files.ts";

const files = new MemoryFiles({
  "/usr/lib/a": "text",
  "/lib": { link: "usr/lib" },
  "/etc/up": { link: "../lib/a" },
  "/etc/gone": { link: "/nowhere" },
  "/etc/loop": { link: "loop" },
  "/bytes": new Uint8Array([0xff]),
});

Deno.test("MemoryFiles follows links of folders and files", async () => {
  assertEquals([await files.readText("/lib/a"), await files.readText("/etc/up")], ["text", "text"]);
  assertEquals(await files.realPath("/etc/up"), "/usr/lib/a");
  assertEquals(await files.list("/lib"), ["a"]);
});

Deno.test("MemoryFiles takes dangling links and loops for absent", async () => {
  assertEquals([await files.readText("/etc/gone"), await files.exists("/etc/loop")], [null, false]);
});

Deno.test("MemoryFiles.readText() refuses bytes that are no text", async () => {
  await assertRejects(() => files.readText("/bytes"), MigrateError, "not UTF-8");
});

Deno.test("MemoryFiles.downloadTar() packs a folder with names from ./", async () => {
  const path = await Deno.makeTempFile({ suffix: ".tar" });
  await files.downloadTar("/etc", path);
  const { stdout } = await runCommand("tar", ["-tf", path]);
  await Deno.remove(path);
  assertEquals(stdout.split("\n").filter(Boolean).sort(), ["./", "./gone", "./loop", "./up"]);
});
