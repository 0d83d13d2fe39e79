import { assertEquals } from "@std/assert";
import { writeCpio } from "../../../../src/fix/linux/initramfs/cpio_writer.ts";
import { noise, pipe, readTree, unpackCpio } from "../../../support/archives.ts";
import { testNeeding } from "../../../support/needs.ts";
import { TempFolder } from "../../../support/temp.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const FILES = [
  { path: "usr/lib/modules/6.1/a.ko", content: encode("A") },
  { path: "usr/lib/modules/6.1/modules.dep", content: encode("a.ko:\n") },
  { path: "conf/modules", content: encode("") },
];

testNeeding(
  { programs: ["cpio"] },
  "writeCpio() writes what cpio -i extracts, directories included",
  async () => {
    await using folder = await TempFolder.create();
    await unpackCpio(writeCpio(FILES, () => false), folder.path);
    assertEquals(await readTree(folder.path), {
      "usr/lib/modules/6.1/a.ko": "A",
      "usr/lib/modules/6.1/modules.dep": "a.ko:\n",
      "conf/modules": "",
    });
    assertEquals((await Deno.stat(folder.file("usr/lib"))).mode! & 0o7777, 0o755);
  },
);

testNeeding({ programs: ["cpio"] }, "writeCpio() keeps binary content", async () => {
  await using folder = await TempFolder.create();
  await unpackCpio(writeCpio([{ path: "x", content: noise(10_001) }], () => false), folder.path);
  assertEquals(await Deno.readFile(folder.file("x")), noise(10_001));
});

testNeeding({ programs: ["cpio"] }, "writeCpio() leaves out directories that exist", async () => {
  const archive = writeCpio(FILES, (path) => path === "usr" || path === "usr/lib");
  const listed = new TextDecoder().decode(await pipe(["cpio", "-t", "--quiet"], archive));
  assertEquals(listed.trim().split("\n").filter((name) => !name.includes(".")), [
    "conf",
    "usr/lib/modules",
    "conf/modules",
  ]);
});

Deno.test("writeCpio() gives the same bytes for the same files", () => {
  assertEquals(writeCpio(FILES, () => false), writeCpio(FILES, () => false));
});

Deno.test("writeCpio() ends at a multiple of four", () => {
  assertEquals(writeCpio(FILES, () => false).length % 4, 0);
});
