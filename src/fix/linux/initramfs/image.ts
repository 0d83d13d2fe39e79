/**
 * Reads an initramfs image: every archive in it, in the order in which the kernel unpacks them.
 *
 * An image is a row of newc archives, each plain or compressed in its own way, with zeros between them
 * (Documentation/driver-api/early-userspace/buffer-format.rst of the kernel).
 *
 * @module
 */
import { cancelled, MigrateError } from "../../../model/error.ts";
import { type Compression, detectCompression } from "./compression.ts";
import { type CpioMember, CpioReader } from "./cpio_reader.ts";
import { decompress } from "./decompress.ts";
import { ImageFile } from "./image_file.ts";

/** One piece of an image. */
export interface Segment {
  /** How it is compressed. */
  readonly compression: Compression;
  /** Offset of its first byte. */
  readonly start: number;
  /** Offset behind its last byte. */
  readonly end: number;
  /** Length of what it unpacks to, in bytes. */
  readonly unpackedBytes: number;
}

/** What an image holds. */
export interface Image {
  /** Length of the image in bytes. */
  readonly sizeBytes: number;
  /** Its pieces in order. */
  readonly segments: readonly Segment[];
  /** Members by name; of several with one name the last, as in the kernel. */
  readonly members: ReadonlyMap<string, CpioMember>;
  /** Where bytes stand that the kernel would stop at; nothing behind them is ever unpacked. */
  readonly junkAt?: number;
}

/** Members whose content decides something; links are always kept. */
const KEEP =
  /^(conf\/(modules|initramfs\.conf|conf\.d\/[^/]+)|config|etc\/(modules-load|cmdline)\.d\/[^/]+|(usr\/)?lib\/modules\/[^/]+\/modules\.(dep|alias))$/;

/**
 * Reads an image on the host. Memory stays small whatever its size.
 *
 * @throws {MigrateError} `guest/unsupported` when it is no initramfs or damaged, `tool/missing`, `run/cancelled`
 */
export async function readImage(path: string, signal: AbortSignal): Promise<Image> {
  using file = await ImageFile.open(path);
  const members = new Map<string, CpioMember>();
  const segments: Segment[] = [];
  const facts = { sizeBytes: file.sizeBytes, segments, members };
  for (let start = await file.skipZeros(0); start < file.sizeBytes;) {
    const compression = detectCompression(await file.readAt(start, 4));
    // The kernel takes a plain archive only at a multiple of four.
    if (compression === undefined || (compression === "none" && start % 4 !== 0)) {
      if (segments.length > 0) return { ...facts, junkAt: start };
      throw new MigrateError("guest/unsupported", "Cannot read it: its format is not known.");
    }
    const segment = await readSegment(file, start, compression, members, signal);
    segments.push(segment);
    start = await file.skipZeros(segment.end);
  }
  if (segments.length === 0) throw new MigrateError("guest/unsupported", "Cannot read it: it is empty.");
  return facts;
}

async function readSegment(
  file: ImageFile,
  start: number,
  compression: Compression,
  members: Map<string, CpioMember>,
  signal: AbortSignal,
): Promise<Segment> {
  const reader = new CpioReader((name) => KEEP.test(name), (member) => {
    members.delete(member.name); // so that the order is that of unpacking
    members.set(member.name, member);
  });
  let unpackedBytes = 0;
  if (compression === "none") {
    for await (const chunk of file.chunks(start)) {
      if (signal.aborted) throw cancelled("fix");
      const used = reader.push(chunk);
      unpackedBytes += used;
      if (used < chunk.length) break;
    }
    reader.end();
    return { compression, start, end: start + unpackedBytes, unpackedBytes };
  }
  const end = await decompress(file, start, compression, (chunk) => {
    unpackedBytes += chunk.length;
    if (reader.push(chunk) < chunk.length) {
      throw new MigrateError("guest/unsupported", "Cannot read the cpio archive: it ends in junk.");
    }
  }, signal);
  reader.end();
  return { compression, start, end, unpackedBytes };
}

/** Unpacks several images over each other, as a boot entry that names several does. */
export function mergeImages(images: readonly Image[]): ReadonlyMap<string, CpioMember> {
  return new Map(images.flatMap((image) => [...image.members]));
}
