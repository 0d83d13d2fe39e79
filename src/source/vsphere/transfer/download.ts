/**
 * One large file of a datastore to a local one: several streams, each range tried again for exactly what it
 * still lacks, and a killed run resumed.
 *
 * @module
 */
import { type DatastorePath, type Datastores, nameOf, type RemoteFile } from "../datastore.ts";
import { lengthOf, missingRanges, type Range } from "./ranges.ts";
import { SparseFile } from "./sparse_file.ts";
import { FIRST_STREAMS, StreamTuning } from "./stream_tuning.ts";
import { isPassing, retrying, Unavailable } from "../http/transport.ts";
import { type Sink, WriteBuffer } from "./write_buffer.ts";

/** How a file is downloaded. */
export interface DownloadOptions {
  /** Streams at the same time; without it the number is tuned while the download runs. */
  readonly streams?: number | undefined;
  /** Stops the download; what is there is kept. */
  readonly signal: AbortSignal;
  /** Receives the bytes that are there. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/** What one request asks for at most: large enough that the request itself costs nothing. */
const MAX_PIECE_BYTES = 32 * 1024 ** 2;
/** What one asks for at the end, so that all streams end at about the same time. */
const MIN_PIECE_BYTES = 1024 ** 2;

/**
 * Downloads a file.
 *
 * @throws {MigrateError} `source/damaged` when the file changes meanwhile, `network/failed` when the connection
 * does not come back, `run/cancelled`
 */
export async function download(
  from: Datastores,
  file: DatastorePath,
  target: string,
  options: DownloadOptions,
): Promise<RemoteFile> {
  const remote = await from.stat(file);
  await using local = await SparseFile.open(target, remote);
  const sink: Sink = {
    write: async (offset, bytes) => {
      await local.write(offset, bytes);
      options.onProgress?.(lengthOf(local.ranges), remote.sizeBytes);
    },
  };
  await fetchRanges(from, { file, remote }, missingRanges(local.ranges, remote.sizeBytes), sink, options);
  await from.checkSame(file, remote); // it may have changed while the last piece was on its way
  await local.finish();
  return remote;
}

/** A file as it was when it was first looked at. */
export interface KnownFile {
  /** Where it is. */
  readonly file: DatastorePath;
  /** What it must be at every request. */
  readonly remote: RemoteFile;
}

/**
 * Fetches ranges of a file in several streams.
 *
 * @throws {MigrateError} as {@linkcode download}
 */
export async function fetchRanges(
  from: Datastores,
  known: KnownFile,
  ranges: readonly Range[],
  sink: Sink,
  { streams, signal }: Pick<DownloadOptions, "streams" | "signal">,
): Promise<void> {
  const running: Promise<void>[] = [];
  let failure: { readonly error: unknown } | undefined;
  let wanted = 0;
  const pieces = shrinkingPieces(ranges, () => wanted);
  const stream = async (index: number): Promise<void> => {
    while (failure === undefined && index < wanted) {
      const piece = pieces.next();
      if (piece.done) return;
      try {
        await fetchPiece(from, known, piece.value, { sink, signal, onBytes: (count) => tuning?.came(count) });
      } catch (error) {
        failure ??= { error }; // the other streams end with their piece
      }
    }
  };
  const setStreams = (count: number): void => {
    wanted = count;
    while (running.length < wanted) running.push(stream(running.length));
  };
  using tuning = streams === undefined ? new StreamTuning(setStreams) : undefined;
  setStreams(streams ?? FIRST_STREAMS);
  for (const one of running) await one; // those that join later too
  if (failure !== undefined) throw (failure as { readonly error: unknown }).error;
}

/** Cuts ranges into pieces as so many streams ask for them: each a share of what is left, within bounds. */
function* shrinkingPieces(ranges: readonly Range[], streams: () => number): Generator<Range> {
  let left = lengthOf(ranges);
  for (const [start, end] of ranges) {
    for (let at = start; at < end;) {
      const parts = streams() === 1 ? 1 : 2 * streams();
      const share = Math.ceil(left / (parts * MIN_PIECE_BYTES)) * MIN_PIECE_BYTES;
      const piece: Range = [at, Math.min(end, at + Math.min(MAX_PIECE_BYTES, share))];
      left -= piece[1] - piece[0];
      at = piece[1];
      yield piece;
    }
  }
}

/** Where a piece goes. */
interface PieceOptions {
  readonly sink: Sink;
  readonly signal: AbortSignal;
  /** Hears of bytes as they come: on a slow link a write is too coarse a measure. */
  readonly onBytes: (count: number) => void;
}

async function fetchPiece(
  from: Datastores,
  { file, remote }: KnownFile,
  [start, end]: Range,
  { sink, signal, onBytes }: PieceOptions,
): Promise<void> {
  const buffer = new WriteBuffer(sink, start);
  while (buffer.at < end) {
    const begun = buffer.at;
    // A stream that gets somewhere before it breaks has all its attempts again.
    await retrying(`download ${nameOf(file)}`, signal, async () => {
      try {
        for await (const bytes of from.read(file, [buffer.at, end], remote)) {
          await buffer.add(bytes);
          onBytes(bytes.length);
        }
        await buffer.flush();
      } catch (error) {
        await buffer.flush();
        if (buffer.at === begun || signal.aborted || !isPassing(error)) throw error;
      }
      if (buffer.at === begun) throw new Unavailable("the connection ended early");
    });
  }
}
