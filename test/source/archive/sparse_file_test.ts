import { assertEquals } from "@std/assert";
import { writeSparse } from "../../../src/source/archive/sparse_file.ts";
import { TempFolder } from "../../support/temp.ts";

const signal = new AbortController().signal;

/** Writes pieces, and returns what is in the file and how many bytes were written. */
async function write(...pieces: Uint8Array[]): Promise<{ bytes: Uint8Array; written: number }> {
  await using folder = await TempFolder.create();
  let written = 0;
  const observer = { unpacked: () => {}, written: (bytes: number) => void (written += bytes) };
  await writeSparse(ReadableStream.from(pieces), folder.file("a"), observer, signal);
  return { bytes: await Deno.readFile(folder.file("a")), written };
}

Deno.test("writeSparse() writes every byte at its place, whatever the lengths of the pieces", async () => {
  const whole = new Uint8Array(100_000);
  for (const at of [0, 4095, 4096, 12_288, 50_001, 99_999]) whole[at] = 1 + at % 250;
  for (const size of [1000, 4096, 4097, 30_000, 100_000]) {
    const pieces = [];
    for (let at = 0; at < whole.length; at += size) pieces.push(whole.subarray(at, at + size));
    assertEquals((await write(...pieces)).bytes, whole, `pieces of ${size}`);
  }
});

Deno.test("writeSparse() leaves out blocks of zeros and keeps the length", async () => {
  const { bytes, written } = await write(
    new Uint8Array([7]),
    new Uint8Array(1_000_000),
    new Uint8Array(65_536),
  );
  assertEquals([bytes.length, bytes[0], written], [1_065_537, 7, 1]);
});

Deno.test("writeSparse() looks for zeros by the blocks of the file, not of the pieces", async () => {
  const second = new Uint8Array(8191 + 4096).fill(9, 8191);
  assertEquals((await write(new Uint8Array([7]), second)).written, 1 + 4096);
});
