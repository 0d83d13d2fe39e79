/**
 * Downloads of leased disks: streams of a length that nobody says beforehand, so one that breaks starts anew.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import type { LeasedDisk } from "./lease.ts";
import type { VsphereSession } from "./session.ts";
import { discard, type HttpReply, isUnavailable, retrying, Transport, Unavailable } from "./transport.ts";
import { parseThumbprint } from "./trust.ts";

/** How a disk is downloaded. */
export interface NfcOptions {
  /** Stops the download. */
  readonly signal: AbortSignal;
  /** Receives the bytes that came so far; they start at 0 again when the stream does. */
  readonly onProgress?: (doneBytes: number) => void;
}

/**
 * Downloads a disk as a streamOptimized VMDK.
 *
 * @throws {MigrateError} `network/failed` or `run/cancelled`
 */
export async function downloadLeased(
  session: VsphereSession,
  disk: LeasedDisk,
  target: string,
  { signal, onProgress }: NfcOptions,
): Promise<void> {
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
    send = () => transport.send({ method: "GET", path });
  }
  await retrying(`download a disk from ${addressOf(url)}`, signal, async () => {
    const reply = await send();
    if (reply.status !== 200) throw await refusal(reply);
    await save(reply, `${target}.partial`, onProgress);
  });
  await Deno.rename(`${target}.partial`, target);
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

async function save(reply: HttpReply, path: string, onProgress?: (doneBytes: number) => void): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  let done = 0;
  for await (const bytes of reply.body) {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await file.write(rest));
    done += bytes.length;
    onProgress?.(done);
  }
  await file.sync();
}
