/**
 * How fast a source can be read: a short measurement, which reads and writes nothing.
 *
 * @module
 */

const MIB = 1024 ** 2;
/** A measurement ends after so many bytes or milliseconds, whichever is first. */
const SAMPLE_BYTES = 64 * MIB;
const SAMPLE_MS = 300;

/** Bytes per second of reads spread over a file; undefined for one too small to tell. */
export async function readSpeed(path: string, signal: AbortSignal): Promise<number | undefined> {
  using file = await Deno.open(path);
  const sizeBytes = await file.seek(0, Deno.SeekMode.End);
  const buffer = new Uint8Array(MIB);
  const reads = Math.min(SAMPLE_BYTES, sizeBytes) / MIB;
  const startedMs = performance.now();
  let bytes = 0;
  for (
    let index = 0;
    index < reads && performance.now() - startedMs < SAMPLE_MS && !signal.aborted;
    index++
  ) {
    await file.seek(Math.floor((sizeBytes - MIB) * (index / reads)), Deno.SeekMode.Start);
    bytes += await file.read(buffer) ?? 0;
  }
  const seconds = (performance.now() - startedMs) / 1000;
  return bytes < MIB || seconds === 0 ? undefined : Math.round(bytes / seconds);
}
