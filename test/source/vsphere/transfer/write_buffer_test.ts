import { assertEquals, assertRejects } from "@std/assert";
import { WriteBuffer } from "../../../../src/source/vsphere/transfer/write_buffer.ts";

const MIB = 1024 ** 2;

Deno.test("WriteBuffer.add() writes whole buffers, flush() the rest, each where the last one ended", async () => {
  const writes: (readonly [offset: number, bytes: Uint8Array])[] = [];
  const write = (offset: number, bytes: Uint8Array): Promise<void> => {
    writes.push([offset, bytes.slice()]);
    return Promise.resolve();
  };
  const buffer = new WriteBuffer({ write }, 512);
  const packet = new Uint8Array(700_000);
  for (const value of [1, 2, 3]) await buffer.add(packet.fill(value));
  await buffer.flush();
  assertEquals(writes.map(([offset, { length }]) => [offset, length]), [
    [512, MIB],
    [512 + MIB, MIB],
    [512 + 2 * MIB, 2_100_000 - 2 * MIB],
  ]);
  const all = writes.flatMap(([, bytes]) => [...bytes]);
  assertEquals([0, 699_999, 700_000, 1_400_000, 2_099_999].map((at) => all[at]), [1, 1, 2, 3, 3]);
  assertEquals(buffer.at, 512 + 2_100_000);
});

Deno.test("WriteBuffer.flush() fails with a write that failed", async () => {
  const buffer = new WriteBuffer({ write: () => Promise.reject(new Error("full")) }, 0);
  await buffer.add(new Uint8Array(MIB));
  await assertRejects(() => buffer.flush(), Error, "full");
});
