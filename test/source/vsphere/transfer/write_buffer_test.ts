import { assertEquals, assertRejects } from "@std/assert";
import { type Sink, WriteBuffer } from "../../../../src/source/vsphere/transfer/write_buffer.ts";

const MIB = 1024 ** 2;

/** A sink that keeps what is written. */
class Recorder implements Sink {
  readonly writes: (readonly [offset: number, bytes: Uint8Array])[] = [];

  write(offset: number, bytes: Uint8Array): Promise<void> {
    this.writes.push([offset, bytes.slice()]);
    return Promise.resolve();
  }
}

Deno.test("WriteBuffer.add() writes whole buffers, flush() the rest, each where the last one ended", async () => {
  const recorder = new Recorder();
  const buffer = new WriteBuffer(recorder, 512);
  const packet = new Uint8Array(100_000);
  for (let value = 0; value < 21; value++) await buffer.add(packet.fill(value));
  await buffer.flush();
  assertEquals(recorder.writes.map(([offset, { length }]) => [offset, length]), [
    [512, MIB],
    [512 + MIB, MIB],
    [512 + 2 * MIB, 2_100_000 - 2 * MIB],
  ]);
  const all = recorder.writes.flatMap(([, bytes]) => [...bytes]);
  assertEquals([0, 99_999, 100_000, 1_099_999, 2_099_999].map((at) => all[at]), [0, 0, 1, 10, 20]);
  assertEquals(buffer.at, 512 + 2_100_000);
});

Deno.test("WriteBuffer.add() writes many bytes as they are, after the few that came before them", async () => {
  const recorder = new Recorder();
  const buffer = new WriteBuffer(recorder, 0);
  for (const [value, length] of [10, MIB, 20, 30, 200_000].entries()) {
    await buffer.add(new Uint8Array(length).fill(value));
  }
  await buffer.flush();
  assertEquals(recorder.writes.map(([offset, bytes]) => [offset, bytes.length, bytes[0]]), [
    [0, 10, 0],
    [10, MIB, 1],
    [10 + MIB, 50, 2],
    [60 + MIB, 200_000, 4],
  ]);
});

for (const length of [MIB, 10]) {
  Deno.test(`WriteBuffer.add() of ${length} bytes gives back the many that came before`, async () => {
    const ended: (() => void)[] = [];
    const buffer = new WriteBuffer({ write: () => new Promise((resolve) => ended.push(resolve)) }, 0);
    await buffer.add(new Uint8Array(MIB));
    let isBack = false;
    const second = buffer.add(new Uint8Array(length)).then(() => isBack = true);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    assertEquals(isBack, false);
    ended[0]!();
    await second;
  });
}

Deno.test("WriteBuffer.flush() fails with a write that failed", async () => {
  const buffer = new WriteBuffer({ write: () => Promise.reject(new Error("full")) }, 0);
  await buffer.add(new Uint8Array(MIB));
  await assertRejects(() => buffer.flush(), Error, "full");
});
