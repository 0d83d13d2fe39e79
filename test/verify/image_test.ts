import { assertEquals, assertRejects } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { runCommand } from "../../src/run/command.ts";
import { checkImage, parseCheck } from "../../src/verify/image.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

const QEMU_IMG = { programs: ["qemu-img"] };
const MIB = 1024 ** 2;

Deno.test("parseCheck() reads damage and leaks", () => {
  const json = '{"image-end-offset": 1, "leaks": 2, "corruptions": 3, "check-errors": 1, "format": "qcow2"}';
  assertEquals(parseCheck(2, json), { checked: true, errors: 4, leakedClusters: 2 });
});

Deno.test("parseCheck() takes a failed check without details for damage", () => {
  assertEquals(parseCheck(1, "").errors, 1);
  assertEquals(parseCheck(2, '{"check-errors": 0}').errors, 1);
});

Deno.test("parseCheck() knows formats without a check", () => {
  assertEquals(parseCheck(63, ""), { checked: false, errors: 0, leakedClusters: 0 });
});

testNeeding(QEMU_IMG, "checkImage() accepts sound images of every output format", async () => {
  await using folder = await TempFolder.create();
  for (const format of ["qcow2", "raw", "vdi", "vmdk", "vhdx"] as const) {
    const path = folder.file(`disk.${format}`);
    await runCommand("qemu-img", ["create", "-q", "-f", format, path, "8M"]);
    const check = await checkImage(path, format);
    assertEquals([check.virtualSizeBytes, check.checked], [8 * MIB, format !== "raw"], format);
  }
});

testNeeding(QEMU_IMG, "checkImage() refuses a qcow2 with damaged metadata", async () => {
  await using folder = await TempFolder.create();
  const path = folder.file("disk.qcow2");
  await runCommand("qemu-img", ["create", "-q", "-f", "qcow2", "-o", "preallocation=metadata", path, "8M"]);
  using file = await Deno.open(path, { write: true });
  await file.seek(65_536, Deno.SeekMode.Start); // the refcount table follows the header cluster
  await file.write(new Uint8Array(8).fill(0x5a));
  const error = await assertRejects(() => checkImage(path, "qcow2"), MigrateError);
  assertEquals([error.code, error.stage], ["disk/damaged", "verify"]);
});

testNeeding(QEMU_IMG, "checkImage() refuses a file of another format", async () => {
  await using folder = await TempFolder.create();
  const path = folder.file("disk.qcow2");
  await Deno.writeTextFile(path, "no image");
  const error = await assertRejects(() => checkImage(path, "qcow2"), MigrateError, path);
  assertEquals(error.code, "disk/damaged");
});
