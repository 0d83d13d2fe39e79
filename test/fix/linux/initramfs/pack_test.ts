import { assertEquals, assertNotEquals } from "@std/assert";
import { gzip, GZIP_MARK } from "../../../../src/fix/linux/initramfs/gzip.ts";
import { lz4Frame } from "../../../../src/fix/linux/initramfs/lz4.ts";
import { noise, pipe } from "../../../support/archives.ts";
import { testNeeding } from "../../../support/needs.ts";

testNeeding({ programs: ["gzip"] }, "gzip() writes what gzip -d reads", async () => {
  assertEquals(await pipe(["gzip", "-dc"], gzip(noise(100_000))), noise(100_000));
});

Deno.test("gzip() starts with the mark and carries no time", () => {
  const bytes = gzip(noise(10));
  assertEquals(bytes.subarray(0, GZIP_MARK.length), GZIP_MARK as Uint8Array<ArrayBuffer>);
  assertEquals([...bytes.subarray(4, 8)], [0, 0, 0, 0]);
});

for (const length of [1, 14, 15, 269, 270, 271, 8 * 1024 * 1024 + 5]) {
  testNeeding({ programs: ["lz4"] }, `lz4Frame() writes what lz4 -d reads (${length} bytes)`, async () => {
    const content = noise(length);
    const back = await pipe(["lz4", "-dc"], lz4Frame(content));
    assertEquals(back.length, length);
    assertEquals(back.every((byte, index) => byte === content[index]), true);
  });
}

testNeeding({ programs: ["lz4"] }, "lz4Frame() can follow another frame without padding", async () => {
  const first = await pipe(["lz4", "-l", "-c"], new TextEncoder().encode("first "));
  const second = lz4Frame(new TextEncoder().encode("second"));
  const both = new Uint8Array([...first, ...second]);
  assertNotEquals(first.length, 0);
  assertEquals(new TextDecoder().decode(await pipe(["lz4", "-dc"], both)), "first second");
});
