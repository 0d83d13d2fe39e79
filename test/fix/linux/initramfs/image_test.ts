import { assertEquals, assertRejects } from "@std/assert";
import { gzip } from "../../../../src/fix/linux/initramfs/gzip.ts";
import { type Image, mergeImages, readImage } from "../../../../src/fix/linux/initramfs/image.ts";
import { MigrateError } from "../../../../src/model/error.ts";
import { COMPRESSORS, concat, makeCpio, makeImage, noise, pipe } from "../../../support/archives.ts";
import { testNeeding } from "../../../support/needs.ts";
import { TempFolder } from "../../../support/temp.ts";

const EARLY = { "kernel/x86/microcode/GenuineIntel.bin": noise(5000) };
const MAIN = { "init": "#!/bin/sh\n", "big": noise(400_000), "zeros": new Uint8Array(300_000) };
const NEVER = new AbortController().signal;

async function read(bytes: Uint8Array, signal = NEVER): Promise<Image> {
  await using folder = await TempFolder.create();
  await Deno.writeFile(folder.file("image"), bytes);
  return await readImage(folder.file("image"), signal);
}

function names(image: Image): string[] {
  return [...image.members.keys()].filter((name) => !name.startsWith("kernel/") && name !== "kernel");
}

for (const [compression, [program]] of Object.entries(COMPRESSORS)) {
  testNeeding(
    { programs: ["cpio", program!] },
    `readImage() reads microcode, then ${compression}`,
    async () => {
      const early = await makeCpio(EARLY);
      const main = await makeImage(MAIN, compression);
      const image = await read(concat(early, main));
      assertEquals(names(image).sort(), ["big", "init", "zeros"]);
      assertEquals(image.members.get("kernel/x86/microcode/GenuineIntel.bin")?.sizeBytes, 5000);
      assertEquals(image.segments.map((segment) => segment.compression), ["none", compression as "none"]);
      assertEquals(image.segments[1]!.end, early.length + main.length);
    },
  );

  testNeeding(
    { programs: ["cpio", program!] },
    `readImage() reads what we add behind ${compression}`,
    async () => {
      const main = await makeImage(MAIN, compression);
      const added = gzip(await makeCpio({ "late": "1" }));
      const image = await read(concat(main, compression === "lz4" ? 4 : 0, -main.length & 3, added));
      assertEquals(names(image).sort(), ["big", "init", "late", "zeros"]);
    },
  );

  testNeeding(
    { programs: ["cpio", program!] },
    `readImage() rejects ${compression} that is cut off`,
    async () => {
      const main = await makeImage(MAIN, compression);
      await assertRejects(() => read(main.subarray(0, main.length / 2)), MigrateError);
    },
  );

  if (compression === "lz4") continue; // a legacy frame has no checksum
  testNeeding(
    { programs: ["cpio", program!] },
    `readImage() rejects ${compression} with a wrong byte`,
    async () => {
      const main = await makeImage(MAIN, compression);
      main[main.length / 2 | 0]! ^= 0xff;
      await assertRejects(() => read(main), MigrateError);
    },
  );
}

// lzma and lzo do not say where they end: behind them only our own addition is found.
for (const compression of ["none", "gzip", "bzip2", "xz", "lz4", "zstd"]) {
  const program = COMPRESSORS[compression]?.[0] ?? "cpio";
  testNeeding(
    { programs: ["cpio", "xz", program] },
    `readImage() reads plain and xz archives behind ${compression}`,
    async () => {
      const first = await makeImage(MAIN, compression);
      const plain = await makeCpio({ "plain": "1" });
      const last = await makeImage({ "last": "1" }, "xz");
      const image = await read(concat(first, 4 + (-first.length & 3), plain, last, 100));
      assertEquals(names(image).sort(), ["big", "init", "last", "plain", "zeros"]);
      assertEquals(image.junkAt, undefined);
    },
  );
}

testNeeding(
  { programs: ["cpio", "gzip"] },
  "readImage() finds the end of gzip with a name in its header, without padding",
  async () => {
    const archive = await makeCpio({ "a": "1" });
    const named = gzip(archive);
    assertEquals(names(await read(concat(named, named, await makeImage({ "b": "2" }, "gzip")))), ["a", "b"]);
  },
);

testNeeding(
  { programs: ["cpio", "zstd"] },
  "readImage() finds the end of zstd with checksum and unknown size",
  async () => {
    const main = await pipe(["zstd", "-q", "--check", "-c"], await makeCpio(MAIN));
    const image = await read(concat(main, -main.length & 3, await makeCpio({ "b": "2" })));
    assertEquals(names(image).sort(), ["b", "big", "init", "zeros"]);
  },
);

testNeeding(
  { programs: ["cpio"] },
  "readImage() gives the last of several members with one name",
  async () => {
    const image = await read(
      concat(await makeCpio({ "config": "old" }), await makeCpio({ "config": "new" })),
    );
    assertEquals(new TextDecoder().decode(image.members.get("config")?.content), "new");
  },
);

testNeeding(
  { programs: ["cpio", "gzip"] },
  "readImage() says where the kernel would stop at junk",
  async () => {
    const main = await makeImage(MAIN, "gzip");
    const image = await read(concat(main, new TextEncoder().encode("junk")));
    assertEquals(image.junkAt, main.length);
  },
);

testNeeding(
  { programs: ["cpio", "gzip"] },
  "readImage() takes a plain archive at an odd offset for junk, as the kernel does",
  async () => {
    const main = await makeImage(MAIN, "gzip");
    const zeros = (-main.length & 3) + 1;
    assertEquals((await read(concat(main, zeros, await makeCpio({ "b": "2" })))).junkAt, main.length + zeros);
  },
);

Deno.test("readImage() rejects a file that is no initramfs", async () => {
  await assertRejects(() => read(new TextEncoder().encode("ELF")), MigrateError, "format is not known");
});

Deno.test("readImage() rejects an empty file", async () => {
  await assertRejects(() => read(new Uint8Array(1024)), MigrateError, "empty");
});

testNeeding(
  { programs: ["cpio", "xz"] },
  "readImage() says that the content of a compressed piece is no archive",
  async () => {
    const bytes = await pipe(COMPRESSORS["xz"]!, new TextEncoder().encode("hello"));
    await assertRejects(() => read(bytes), MigrateError, "junk");
  },
);

for (const compression of ["gzip", "xz"]) {
  testNeeding(
    { programs: ["cpio", compression] },
    `readImage() stops when cancelled (${compression})`,
    async () => {
      const main = await makeImage(MAIN, compression);
      const error = await assertRejects(() => read(main, AbortSignal.abort()), MigrateError);
      assertEquals(error.code, "run/cancelled");
    },
  );
}

testNeeding({ programs: ["cpio"] }, "mergeImages() lets a later image win", async () => {
  const images = [await read(await makeCpio({ a: "1" })), await read(await makeCpio({ a: "22", b: "" }))];
  const tree = mergeImages(images);
  assertEquals([tree.get("a")?.sizeBytes, tree.has("b")], [2, true]);
});

testNeeding({ programs: ["cpio", "xz"] }, "readImage() is not misled by xz files inside xz", async () => {
  const files: Record<string, Uint8Array> = {};
  const bytes = noise(12 * 70_001); // nothing in it repeats, so the outer xz stores it as it is
  for (let index = 0; index < 12; index++) {
    const content = bytes.subarray(index * 70_001, (index + 1) * 70_001);
    files[`${index}.ko.xz`] = await pipe(COMPRESSORS["xz"]!, content);
  }
  const main = await makeImage(files, "xz");
  assertEquals((await read(main)).segments.map(({ end }) => end), [main.length]);
});

testNeeding({ programs: ["cpio", "xz"] }, "readImage() finds the end of xz with many blocks", async () => {
  const blocks = await pipe(["xz", "--check=crc32", "--block-size=65536", "-c"], await makeCpio(MAIN));
  const image = await read(concat(blocks, await makeImage({ "b": "2" }, "xz")));
  assertEquals(image.segments.map(({ start }) => start), [0, blocks.length]);
});

testNeeding(
  { programs: ["cpio", "bzip2"] },
  "readImage() believes the decompressor's exit status",
  async () => {
    const main = await makeImage(MAIN, "bzip2");
    main[main.length - 3]! ^= 0xff; // in the checksum of the whole: every byte has come out by then
    await assertRejects(() => read(main), MigrateError, "bzip2");
  },
);
