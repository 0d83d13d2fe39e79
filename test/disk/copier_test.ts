import { assertEquals, assertRejects } from "@std/assert";
import { Copier, isStreamed } from "../../src/disk/copier.ts";
import type { CopyTarget } from "../../src/disk/copy.ts";
import { createOverlays } from "../../src/disk/overlay.ts";
import { imageInfo } from "../../src/disk/qemu_img.ts";
import { MigrateError } from "../../src/model/error.ts";
import { makeRawDisk, sameContents, sha256 } from "../support/images.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

const signal = new AbortController().signal;
const ignore = (): void => {};
const SIZE = 40 * 1024 * 1024;
const NEEDS = { programs: ["qemu-img", "qemu-nbd", "nbdcopy"] };

async function overlayOn(folder: TempFolder): Promise<string> {
  const image = folder.file("disk.raw");
  await makeRawDisk(image, SIZE);
  const disk = {
    path: image,
    image,
    format: "raw" as const,
    virtualSizeBytes: SIZE,
    allocatedSizeBytes: 0,
    files: [],
  };
  return (await createOverlays([disk], folder.path, signal))[0]!.path;
}

Deno.test("isStreamed() is true where qemu-img does not do what is wanted", () => {
  const raw: CopyTarget = { path: "a.raw", format: "raw" };
  const qcow2: CopyTarget = { path: "a.qcow2", format: "qcow2", compress: "zlib" };
  assertEquals(isStreamed({ target: raw, checksum: false }), false);
  assertEquals(isStreamed({ target: raw, checksum: true }), true);
  assertEquals(isStreamed({ target: { ...raw, preallocate: "falloc" }, checksum: true }), false);
  assertEquals(isStreamed({ target: qcow2, checksum: true }), false);
  assertEquals(isStreamed({ target: { ...qcow2, compressLevel: 9 }, checksum: false }), true);
});

testNeeding(
  NEEDS,
  "Copier.copy() makes the SHA-256 of a raw disk on the way, and a sparse file",
  async () => {
    await using folder = await TempFolder.create();
    const overlay = await overlayOn(folder);
    using copier = new Copier(1);
    const target: CopyTarget = { path: folder.file("out.raw"), format: "raw" };
    const fractions: number[] = [];
    const result = await copier.copy(
      { overlay, target, sizeBytes: SIZE, checksum: true },
      signal,
      (fraction) => fractions.push(fraction),
    );
    assertEquals(result.sha256, await sha256(folder.file("out.raw.partial")));
    assertEquals(await sameContents(folder.file("disk.raw"), folder.file("out.raw.partial")), true);
    const { allocatedSizeBytes } = await imageInfo(folder.file("out.raw.partial"), "raw");
    assertEquals(allocatedSizeBytes <= 4 * 64 * 1024, true, `${allocatedSizeBytes} bytes`);
    assertEquals(fractions.length > 0, true);
  },
);

testNeeding(NEEDS, "Copier.copy() compresses with a level", async () => {
  await using folder = await TempFolder.create();
  const overlay = await overlayOn(folder);
  using copier = new Copier(1);
  const target: CopyTarget = {
    path: folder.file("out.qcow2"),
    format: "qcow2",
    compress: "zstd",
    compressLevel: 3,
  };
  assertEquals(await copier.copy({ overlay, target, sizeBytes: SIZE, checksum: false }, signal, ignore), {});
  assertEquals(await sameContents(folder.file("disk.raw"), folder.file("out.qcow2.partial")), true);
});

testNeeding(NEEDS, "Copier.copy() of what cannot be read leaves nothing", async () => {
  await using folder = await TempFolder.create();
  using copier = new Copier(1);
  const target: CopyTarget = { path: folder.file("out.raw"), format: "raw" };
  const request = { overlay: folder.file("missing.qcow2"), target, sizeBytes: SIZE, checksum: true };
  const error = await assertRejects(() => copier.copy(request, signal, ignore), MigrateError);
  assertEquals(error.code, "tool/failed");
  assertEquals(await folder.names(), []);
});

testNeeding(NEEDS, "Copier.copy() ends when it is cancelled, and leaves nothing", async () => {
  await using folder = await TempFolder.create();
  const overlay = await overlayOn(folder);
  using copier = new Copier(1);
  const target: CopyTarget = { path: folder.file("out.raw"), format: "raw" };
  const abort = new AbortController();
  // Slow enough to be stopped half way.
  const request = { overlay, target, sizeBytes: SIZE, checksum: true, bytesPerSecond: 64 * 1024 };
  const copying = copier.copy(request, abort.signal, () => abort.abort());
  assertEquals((await assertRejects(() => copying, MigrateError)).code, "run/cancelled");
  assertEquals((await folder.names()).filter((name) => name.startsWith("out")), []);
});

testNeeding(NEEDS, "Copier.hash() gives the SHA-256 of a file", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("a"), "abc");
  using copier = new Copier(1);
  assertEquals(await copier.hash(folder.file("a"), signal), await sha256(folder.file("a")));
});
