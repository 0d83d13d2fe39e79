/**
 * Compressed streams: gzip and deflate by node:zlib, xz and zstd by the system's programs (node:zlib's zstd
 * throws under Deno).
 *
 * @module
 */
import { Readable } from "node:stream";
import { createGunzip, createInflateRaw, type ZlibOptions } from "node:zlib";
import { MigrateError } from "../../model/error.ts";
import { filterThrough } from "./filter.ts";

/** The compressions. */
export type Compression = "gzip" | "deflate" | "xz" | "zstd";

/** Arguments that unpack standard input to standard output, with room for the largest windows in use. */
export const DECOMPRESSORS: Readonly<Record<"xz" | "zstd", readonly string[]>> = {
  xz: ["--decompress", "--stdout", "--quiet", "--memlimit-decompress=2GiB"],
  zstd: ["--decompress", "--stdout", "--quiet", "--long=31"],
};

const ZLIB: ZlibOptions = { chunkSize: 256 * 1024 };

/**
 * Unpacks a stream; `path` is for error texts.
 *
 * @throws {MigrateError} `source/damaged`, `tool/missing` or `run/cancelled`
 */
export function decompress(
  compression: Compression,
  input: AsyncIterable<Uint8Array>,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  return compression === "xz" || compression === "zstd"
    ? byProgram(compression, input, path, signal)
    : byZlib(compression, input, path);
}

async function* byZlib(
  compression: "gzip" | "deflate",
  input: AsyncIterable<Uint8Array>,
  path: string,
): AsyncGenerator<Uint8Array> {
  const source = Readable.from(input, { objectMode: false });
  const unpacked = compression === "gzip" ? createGunzip(ZLIB) : createInflateRaw(ZLIB);
  source.on("error", (error: Error) => unpacked.destroy(error));
  try {
    yield* source.pipe(unpacked) as AsyncIterable<Uint8Array>;
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith("Z_") === true) {
      throw damaged(path, (error as Error).message, error);
    }
    throw error;
  } finally {
    source.destroy();
    unpacked.destroy();
  }
}

function byProgram(
  program: "xz" | "zstd",
  input: AsyncIterable<Uint8Array>,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const failed = (line: string): MigrateError =>
    damaged(
      path,
      line.replace(/^(xz|zstd): (\(stdin\): |\/\*stdin\*\\ *: )?/, "") || "it cannot be unpacked",
    );
  return filterThrough(program, input, { args: DECOMPRESSORS[program], failed, signal });
}

function damaged(path: string, reason: string, cause?: unknown): MigrateError {
  return new MigrateError("source/damaged", `Cannot unpack ${path}: ${reason.replace(/\.$/, "")}.`, {
    hint: "Copy or download it again: the file is incomplete or changed on the way.",
    cause,
  });
}
