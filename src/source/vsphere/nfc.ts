/**
 * Downloads of leased disks: streams of a length that nobody says beforehand, so one that breaks starts anew.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import type { LeasedDisk } from "./lease.ts";
import { WriteBuffer } from "./transfer/write_buffer.ts";
import type { VsphereSession } from "./session.ts";
import {
  discard,
  type HttpReply,
  isUnavailable,
  retrying,
  Transport,
  Unavailable,
} from "./http/transport.ts";
import { parseThumbprint } from "./http/trust.ts";

/** How much is written before storage takes it while the download goes on, in bytes: less is left for the end. */
const SYNC_BYTES = 64 * 1024 ** 2;

/** How a disk is downloaded. */
export interface NfcOptions {
  /** Stops the download. */
  readonly signal: AbortSignal;
  /** Receives the bytes that came so far; they start at 0 again when the stream does. */
  readonly onProgress?: (doneBytes: number) => void;
  /** Sees what is written, in order; it begins at offset 0 again when the stream does. */
  readonly onBytes?: (offset: number, bytes: Uint8Array) => void;
}

/**
 * Downloads a disk as a streamOptimized VMDK; returns its length in bytes.
 *
 * @throws {MigrateError} `network/failed` or `run/cancelled`
 */
export async function downloadLeased(
  session: VsphereSession,
  disk: LeasedDisk,
  target: string,
  { signal, ...told }: NfcOptions,
): Promise<number> {
  // The address holds the ticket of the lease: it must not be in a message.
  const url = new URL(disk.url.replace("//*", `//${session.address}`));
  await using stack = new AsyncDisposableStack();
  const path = `${url.pathname}${url.search}`;
  let send = (): Promise<HttpReply> => session.send({ method: "GET", path });
  if (addressOf(url) !== session.address) {
    const trust = disk.thumbprint === undefined
      ? session.trust
      : { kind: "pin" as const, thumbprint: parseThumbprint(disk.thumbprint) };
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const transport = stack.use(new Transport({ host, port: Number(url.port || 443), trust, signal }));
    send = () => transport.sendLarge({ method: "GET", path });
  }
  const sizeBytes = await retrying(`download a disk from ${addressOf(url)}`, signal, async () => {
    const reply = await send();
    if (reply.status !== 200) throw await refusal(reply);
    return await save(reply, `${target}.partial`, told);
  });
  await Deno.rename(`${target}.partial`, target);
  return sizeBytes;
}

function addressOf(url: URL): string {
  return `${url.hostname}:${url.port || 443}`;
}

async function refusal(reply: HttpReply): Promise<Error> {
  await discard(reply);
  if (isUnavailable(reply.status)) return new Unavailable(`the server answers ${reply.status}`);
  return new MigrateError("network/failed", `Cannot download a disk: HTTP status ${reply.status}.`, {
    hint: "The lease of the export has ended; run the same command again.",
  });
}

async function save(
  reply: HttpReply,
  path: string,
  { onProgress, onBytes }: Omit<NfcOptions, "signal">,
): Promise<number> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  let syncing = Promise.resolve(), syncedBytes = 0;
  const write = async (offset: number, bytes: Uint8Array): Promise<void> => {
    const writing = writeAll(file, bytes);
    onBytes?.(offset, bytes); // while the write is under way
    await writing;
    onProgress?.(offset + bytes.length);
    if (offset - syncedBytes < SYNC_BYTES) return;
    syncedBytes = offset;
    syncing = syncing.then(() => file.syncData());
    syncing.catch(() => {}); // heard of at the end
  };
  const buffer = new WriteBuffer({ write }, 0);
  for await (const bytes of reply.body) await buffer.add(bytes);
  await buffer.flush();
  await syncing;
  await file.sync();
  return buffer.at;
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await file.write(rest));
}
