/**
 * Foreign text is read in a Worker without permissions, for a limited time: a mistake in a reader can neither
 * reach a file nor hang the program.
 *
 * @module
 */
import { cancelled, MigrateError } from "../../model/error.ts";
import { type Foreign, type ForeignFormat, type ParseOutcome, type ParseRequest, READY } from "./formats.ts";
import { readWindow, type Window } from "../input/window.ts";

/** Most bytes of a text; an envelope of 20 disks has 40 KiB. */
export const MAX_TEXT_BYTES = 16 * 1024 * 1024;
const TIMEOUT_MS = 4_000;

/**
 * Reads the text in a part of a file.
 *
 * @throws {MigrateError} `source/damaged` with the reader's reason, or `run/cancelled`
 */
export async function parseForeign<F extends ForeignFormat>(
  format: F,
  window: Window,
  signal: AbortSignal,
): Promise<Foreign<F>> {
  const { path, sizeBytes } = window;
  if (sizeBytes > MAX_TEXT_BYTES) throw damaged(path, `its description has ${sizeBytes} bytes`);
  using file = await Deno.open(path, { read: true });
  return await parseForeignText(
    format,
    decodeText(await readWindow(file, window, 0, sizeBytes)),
    path,
    signal,
  );
}

/**
 * Reads a text that came from `path`.
 *
 * @throws {MigrateError} `source/damaged` with the reader's reason, or `run/cancelled`
 */
export async function parseForeignText<F extends ForeignFormat>(
  format: F,
  text: string,
  path: string,
  signal: AbortSignal,
): Promise<Foreign<F>> {
  const outcome = await inWorker({ format, text }, signal);
  if ("reason" in outcome) throw damaged(path, outcome.reason);
  return outcome.value as Foreign<F>;
}

/** UTF-8, or UTF-16 where a byte order mark says so. */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  return new TextDecoder().decode(bytes);
}

async function inWorker(request: ParseRequest, signal: AbortSignal): Promise<ParseOutcome> {
  if (signal.aborted) throw cancelled();
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    type: "module",
    name: "parse",
    deno: { permissions: "none" },
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ended = new AbortController();
  try {
    return await new Promise<ParseOutcome>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<typeof READY | ParseOutcome>): void => {
        if (data !== READY) return resolve(data);
        // From here on: a busy host may need long to start a thread.
        timer = setTimeout(() => resolve({ reason: "reading it takes too long" }), TIMEOUT_MS);
        worker.postMessage(request);
      };
      worker.onerror = (event): void => {
        event.preventDefault();
        resolve({ reason: event.message });
      };
      signal.addEventListener("abort", () => reject(cancelled()), { signal: ended.signal });
    });
  } finally {
    clearTimeout(timer);
    ended.abort();
    worker.terminate();
  }
}

function damaged(path: string, reason: string): MigrateError {
  return new MigrateError("source/damaged", `Cannot read ${path}: ${reason}.`, {
    hint: "Copy or export it again: the description of the machine is damaged.",
  });
}
