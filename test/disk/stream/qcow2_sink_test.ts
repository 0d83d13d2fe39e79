import { assert, assertEquals } from "@std/assert";
import { Qcow2Sink } from "../../../src/disk/stream/qcow2_sink.ts";
import { BLOCK_BYTES } from "../../../src/disk/stream/sink.ts";
import { checkImage } from "../../../src/verify/image.ts";
import { imageInfo } from "../../../src/disk/qemu_img.ts";
import { makeRawDisk, sameContents } from "../../support/images.ts";
import { TempFolder } from "../../support/temp.ts";

/** Passes a raw file through the sink. */
async function pack(raw: string, path: string, type: "zlib" | "zstd", level: number): Promise<void> {
  const bytes = await Deno.readFile(raw);
  using sink = new Qcow2Sink(path, bytes.length, { type, level });
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) sink.write(bytes.subarray(at, at + BLOCK_BYTES));
  sink.finish();
}

/** Adds bytes that do not compress, and text that does. */
async function fill(raw: string): Promise<void> {
  using file = await Deno.open(raw, { write: true });
  await file.seek(1024 * 1024 + 512, Deno.SeekMode.Start);
  const random = new Uint8Array(3 * BLOCK_BYTES);
  for (let at = 0; at < random.length; at += 65_536) crypto.getRandomValues(random.subarray(at, at + 65_536));
  await file.write(random);
  await file.write(new TextEncoder().encode("root:x:0:0:root:/root:/bin/bash\n".repeat(20_000)));
}

for (const type of ["zlib", "zstd"] as const) {
  Deno.test(`Qcow2Sink writes ${type} clusters that qemu reads and calls sound`, async () => {
    await using folder = await TempFolder.create();
    const [raw, path] = [folder.file("disk.raw"), folder.file("disk.qcow2")];
    await makeRawDisk(raw, 9 * 1024 * 1024 + 512 * 7);
    await fill(raw);
    await pack(raw, path, type, 9);
    const check = await checkImage(path, "qcow2");
    assertEquals([check.leakedClusters, check.virtualSizeBytes], [0, 9 * 1024 * 1024 + 512 * 7]);
    assert(await sameContents(raw, path));
  });
}

Deno.test("Qcow2Sink makes a higher level smaller", async () => {
  await using folder = await TempFolder.create();
  const raw = folder.file("disk.raw");
  await makeRawDisk(raw);
  // Words in no order: a longer search finds more in them.
  const words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"];
  let state = 1, text = "";
  while (text.length < 2_000_000) {
    state = (state * 48_271) % 2_147_483_647;
    text += `${words[state % 6]}-${state % 97} `;
  }
  using file = await Deno.open(raw, { write: true });
  await file.seek(1024 * 1024, Deno.SeekMode.Start);
  await file.write(new TextEncoder().encode(text));
  await pack(raw, folder.file("1.qcow2"), "zlib", 1);
  await pack(raw, folder.file("9.qcow2"), "zlib", 9);
  const [low, high] = await Promise.all(["1.qcow2", "9.qcow2"].map((name) => Deno.stat(folder.file(name))));
  assert(high!.size < 0.95 * low!.size, `${high!.size} of ${low!.size} bytes`);
});

Deno.test("Qcow2Sink writes an image of which nothing is allocated", async () => {
  await using folder = await TempFolder.create();
  using sink = new Qcow2Sink(folder.file("empty.qcow2"), 1024 ** 4, { type: "zlib", level: 1 });
  sink.finish();
  assertEquals((await checkImage(folder.file("empty.qcow2"), "qcow2")).leakedClusters, 0);
  const info = await imageInfo(folder.file("empty.qcow2"), "qcow2");
  assertEquals(info.virtualSizeBytes, 1024 ** 4);
});
