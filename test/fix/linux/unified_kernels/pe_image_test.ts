import { assertEquals } from "@std/assert";
import { parsePe } from "../../../../src/fix/linux/unified_kernels/pe_image.ts";
import { replaceSections } from "../../../../src/fix/linux/unified_kernels/replace_sections.ts";
import { runCommand } from "../../../../src/run/command.ts";
import { testNeeding } from "../../../support/needs.ts";
import { peFile } from "../../../support/pe.ts";
import { TempFolder } from "../../../support/temp.ts";
import { makeUnified, UNIFIED_NEEDS } from "../../../support/unified.ts";

const FILE = peFile({ ".osrel": "ID=arch\n", ".uname": "6.1", ".initrd": "old" });

/** The file with new sections, as the change of a fix makes it. */
function replaced(
  file: Uint8Array<ArrayBuffer>,
  contents: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const parts = Object.entries(contents).map(([name, text]) => ({
    name,
    bytes: new TextEncoder().encode(text),
  }));
  const sizes = parts.map(({ name, bytes }) => ({ name, sizeBytes: bytes.length }));
  const { offsets, addedBytes, patch } = replaceSections(file, parsePe(file)!, file.length, sizes);
  const result = new Uint8Array(file.length + addedBytes);
  result.set(file);
  for (const [index, { bytes }] of parts.entries()) result.set(bytes, file.length + offsets[index]!);
  result.set(Uint8Array.fromHex(patch.after), patch.offset);
  return result;
}

function texts(file: Uint8Array<ArrayBuffer>): string[][] {
  return parsePe(file)!.sections.map(({ name, offset, sizeBytes }) => [
    name,
    new TextDecoder().decode(file.subarray(offset, offset + sizeBytes)),
  ]);
}

Deno.test("parsePe() finds sections by name, at their true sizes", () => {
  assertEquals(texts(FILE), [[".osrel", "ID=arch\n"], [".uname", "6.1"], [".initrd", "old"]]);
});

Deno.test("parsePe() is null for what is no PE file", () => {
  assertEquals([parsePe(new Uint8Array(10)), parsePe(new Uint8Array(5000))], [null, null]);
});

Deno.test("parsePe() is null where the section table is cut off", () => {
  assertEquals(parsePe(FILE.slice(0, parsePe(FILE)!.tableOffset + 50)), null);
});

Deno.test("parsePe() sees a signature", () => {
  const signed = peFile({ ".uname": "6.1" }, { isSigned: true });
  assertEquals([parsePe(signed)?.isSigned, parsePe(FILE)?.isSigned], [true, false]);
});

Deno.test("replaceSections() gives sections other bytes, and leaves the rest where it is", () => {
  const after = replaced(FILE, { ".uname": "6.1.0-longer", ".initrd": "new" });
  assertEquals(texts(after), [[".osrel", "ID=arch\n"], [".uname", "6.1.0-longer"], [".initrd", "new"]]);
  assertEquals(
    after.subarray(4096),
    new Uint8Array([...FILE.subarray(4096), ...after.subarray(FILE.length)]).subarray(0, after.length - 4096),
  );
});

Deno.test("replaceSections() keeps the table sorted by place in memory, and the image as large as its sections", () => {
  const after = replaced(FILE, { ".osrel": "x".repeat(5000) });
  const pe = parsePe(after)!;
  assertEquals(pe.sections.map(({ name }) => name), [".uname", ".initrd", ".osrel"]);
  const sizeOfImage = new DataView(after.buffer).getUint32(pe.optionalOffset + 56, true);
  assertEquals(sizeOfImage, Math.ceil(pe.sections.at(-1)!.memoryEnd / 4096) * 4096);
});

Deno.test("replaceSections() has the old headers in its patch", () => {
  const { patch } = replaceSections(FILE, parsePe(FILE)!, FILE.length, [{ name: ".uname", sizeBytes: 9 }]);
  assertEquals(FILE.subarray(patch.offset, patch.offset + patch.before.length / 2).toHex(), patch.before);
  assertEquals(patch.before.length, patch.after.length);
});

testNeeding(UNIFIED_NEEDS, "objcopy finds a replaced section in a file of systemd's stub", async () => {
  await using folder = await TempFolder.create();
  const [path, kernel, initrd] = ["uki.efi", "kernel", "initrd"].map((name) => folder.file(name));
  await Deno.writeTextFile(kernel!, "kernel");
  await Deno.writeTextFile(initrd!, "initramfs");
  await makeUnified(path!, { kernel: kernel!, initrd: initrd!, cmdline: "root=/dev/sda1" }, folder.path);
  await Deno.writeFile(
    path!,
    replaced(await Deno.readFile(path!), { ".cmdline": "root=LABEL=x", ".initrd": "other" }),
  );
  for (const [name, wanted] of [[".cmdline", "root=LABEL=x"], [".initrd", "other"], [".linux", "kernel"]]) {
    const out = folder.file("section");
    await runCommand("objcopy", ["--dump-section", `${name}=${out}`, path!, folder.file("copy")]);
    assertEquals((await Deno.readTextFile(out)).slice(0, wanted!.length), wanted);
  }
});
