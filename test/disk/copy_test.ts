import { assertEquals, assertRejects } from "@std/assert";
import { convertArgs, copyToPartial, parseProgress, partialPath, publish } from "../../src/disk/copy.ts";
import { createOverlays } from "../../src/disk/overlay.ts";
import { imageInfo } from "../../src/disk/qemu_img.ts";
import { MigrateError } from "../../src/model/error.ts";
import type { SourceDisk } from "../../src/model/disk.ts";
import { runCommand } from "../../src/run/command.ts";
import { convertImage, makeRawDisk, sameContents, sha256 } from "../support/images.ts";
import { TempFolder } from "../support/temp.ts";

const signal = new AbortController().signal;
const ignore = (): void => {};

async function overlayOn(folder: TempFolder): Promise<string> {
  await makeRawDisk(folder.file("disk.raw"));
  await convertImage(folder.file("disk.raw"), folder.file("disk.vmdk"), "vmdk", "subformat=streamOptimized");
  const disk: SourceDisk = {
    path: folder.file("disk.vmdk"),
    image: folder.file("disk.vmdk"),
    format: "vmdk",
    virtualSizeBytes: 8 * 1024 * 1024,
    allocatedSizeBytes: 0,
    files: [],
  };
  const [overlay] = await createOverlays([disk], folder.path, signal);
  return overlay!.path;
}

Deno.test("copyToPartial() copies what the overlay shows and leaves the source as it is", async () => {
  await using folder = await TempFolder.create();
  const overlay = await overlayOn(folder);
  const before = await sha256(folder.file("disk.vmdk"));
  const fractions: number[] = [];
  const path = folder.file("out.qcow2");
  await copyToPartial({ overlay, target: { path, format: "qcow2" } }, signal, (f) => fractions.push(f));
  await publish({ path, format: "qcow2" });
  assertEquals(await sameContents(folder.file("disk.raw"), path), true);
  assertEquals(await sha256(folder.file("disk.vmdk")), before);
  assertEquals(fractions.at(-1), 1);
});

Deno.test("copyToPartial() writes only what differs where the target stands on the source", async () => {
  await using folder = await TempFolder.create();
  await makeRawDisk(folder.file("disk.raw"));
  const path = folder.file("out.qcow2"), backing = folder.file("disk.raw");
  const disk: SourceDisk = {
    ...{ path: backing, image: backing, format: "raw", files: [] },
    ...{ virtualSizeBytes: 8 * 1024 * 1024, allocatedSizeBytes: 0 },
  };
  const before = await sha256(backing);
  const [overlay] = await createOverlays([disk], folder.path, signal);
  await runCommand("qemu-io", ["-f", "qcow2", "-c", "write -P 7 1M 64k", overlay!.path]);
  await copyToPartial({ overlay: overlay!.path, target: { path, format: "qcow2", backing } }, signal, ignore);
  await publish({ path, format: "qcow2" });
  assertEquals([await sameContents(overlay!.path, path), await sha256(backing)], [true, before]);
  const { backingFile, allocatedSizeBytes } = await imageInfo(path, "qcow2", signal);
  assertEquals([backingFile, allocatedSizeBytes < 1024 ** 2], [backing, true]);
});

Deno.test("copyToPartial() removes the partial file when qemu-img fails", async () => {
  await using folder = await TempFolder.create();
  const overlay = await overlayOn(folder);
  await Deno.truncate(overlay, 100);
  const path = folder.file("out.qcow2");
  await assertRejects(
    () => copyToPartial({ overlay, target: { path, format: "qcow2" } }, signal, ignore),
    MigrateError,
  );
  await assertRejects(() => Deno.stat(partialPath(path)), Deno.errors.NotFound);
});

Deno.test("copyToPartial() ends with run/cancelled when aborted", async () => {
  await using folder = await TempFolder.create();
  const overlay = await overlayOn(folder);
  const path = folder.file("out.qcow2");
  const target = { path, format: "qcow2" } as const;
  const error = await assertRejects(
    () => copyToPartial({ overlay, target }, AbortSignal.abort(), ignore),
    MigrateError,
  );
  assertEquals(error.code, "run/cancelled");
  await assertRejects(() => Deno.stat(partialPath(path)), Deno.errors.NotFound);
});

Deno.test("convertArgs() writes out of order only without compression", () => {
  const plain = convertArgs({ overlay: "o", target: { path: "p", format: "qcow2" } });
  const packed = convertArgs({ overlay: "o", target: { path: "p", format: "qcow2", compress: "zstd" } });
  assertEquals([plain.includes("-W"), packed.includes("-W")], [true, false]);
  assertEquals(packed.slice(packed.indexOf("-c"), packed.indexOf("-c") + 3), [
    "-c",
    "-o",
    "compression_type=zstd",
  ]);
});

Deno.test("parseProgress() takes the last percentage of a chunk", () => {
  assertEquals(parseProgress("\r    (1.00/100%)\r    (12.34/100%)\r"), 12.34);
  assertEquals(parseProgress("nothing here"), null);
});
