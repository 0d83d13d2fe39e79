/**
 * A run of bytes in a file: the whole of it, or a member that lies in an archive uncompressed and is read
 * where it is.
 *
 * @module
 */
import { resolve } from "@std/path";
import type { DiskFormat } from "../../model/disk.ts";
import { cancelled } from "../../model/error.ts";
import type { Answer } from "../worker/ask.ts";

/** A run of bytes in a file. */
export interface Window {
  /** Path of the file. */
  readonly path: string;
  /** Where it starts, in bytes. */
  readonly offset: number;
  /** Its length in bytes. */
  readonly sizeBytes: number;
  /** Of a member of a tar that is a VMware disk: whether its extent was checked, or why it cannot be read. */
  readonly vmdk?: Answer<boolean>;
}

/** The whole of a file as a window. */
export async function wholeFile(path: string): Promise<Window> {
  return { path, offset: 0, sizeBytes: (await Deno.stat(path)).size };
}

const CHUNK_BYTES = 1024 * 1024;
const SECTOR = 512;

/** Reads bytes at an offset of the window; fewer than wanted at its end. */
export async function readWindow(
  file: Deno.FsFile,
  window: Window,
  at: number,
  wanted: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const room = Math.max(0, Math.min(wanted, window.sizeBytes - at));
  return await readInto(file, window, at, new Uint8Array(room));
}

/** Fills bytes from an offset of the window; returns those that there are. */
export async function readInto(
  file: Deno.FsFile,
  window: Window,
  at: number,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const room = Math.max(0, Math.min(bytes.length, window.sizeBytes - at));
  await file.seek(window.offset + at, Deno.SeekMode.Start);
  let length = 0;
  for (let read; length < room && (read = await file.read(bytes.subarray(length, room))) !== null;) {
    length += read;
  }
  return bytes.subarray(0, length);
}

/** The bytes of a window in chunks of 1 MiB. */
export async function* streamWindow(
  window: Window,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(window.path, { read: true });
  for (let at = 0; at < window.sizeBytes;) {
    if (signal?.aborted) throw cancelled();
    const chunk = await readWindow(file, window, at, CHUNK_BYTES);
    if (chunk.length === 0) return;
    at += chunk.length;
    yield chunk;
  }
}

/** Whether qemu can open an image in the window: its raw driver takes whole sectors only. */
export function opensInPlace(window: Window): boolean {
  return window.sizeBytes > 0 && window.sizeBytes % SECTOR === 0;
}

/**
 * The image in a window as qemu opens it: a `json:` description (QAPI type BlockdevOptionsRaw).
 *
 * @param more further options of the format's driver
 */
export function windowImage(
  window: Window,
  format: DiskFormat,
  more: Readonly<Record<string, unknown>> = {},
): string {
  const file = { driver: "file", filename: resolve(window.path) };
  const { offset, sizeBytes: size } = window;
  return `json:${JSON.stringify({ driver: format, file: { driver: "raw", offset, size, file }, ...more })}`;
}

/** What is read of a file: a whole one, or a part that acts like one. */
export interface ReadableFile {
  /** Its length. */
  stat(): Promise<{ readonly size: number }>;
  /** Moves to an offset from the start. */
  seek(offset: number, whence: Deno.SeekMode): Promise<number>;
  /** Reads on from there. */
  read(bytes: Uint8Array): Promise<number | null>;
}

/** A part of a file that acts like a file. */
export function windowFile(file: Deno.FsFile, part: Window): ReadableFile {
  let at = 0;
  return {
    stat: () => Promise.resolve({ size: part.sizeBytes }),
    seek: async (offset) => (at = offset, await file.seek(part.offset + offset, Deno.SeekMode.Start)),
    read: async (bytes) => {
      const read = await file.read(bytes.subarray(0, Math.max(0, part.sizeBytes - at)));
      at += read ?? 0;
      return read === 0 ? null : read;
    },
  };
}
