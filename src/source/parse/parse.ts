/**
 * Foreign text is read in a Worker without permissions, for a limited time: a mistake in a reader can neither
 * reach a file nor hang the program.
 *
 * @module
 */
import { cancelled, MigrateError } from "../../model/error.ts";
import type { Foreign, ForeignFormat } from "./formats.ts";
import { readWindow, type Window } from "../input/window.ts";
import { ask } from "../worker/ask.ts";

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
  if (signal.aborted) throw cancelled();
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    type: "module",
    name: "parse",
    deno: { permissions: "none" },
  });
  const answer = await ask<Foreign<F>>(worker, { format, text }, { signal, timeoutMs: TIMEOUT_MS });
  if ("value" in answer) return answer.value;
  throw damaged(path, answer.refusal.message);
}

/** How much of an input shows that it is no text. */
const LOOK_BYTES = 512;

/** The text of an input's first bytes; empty, without a costly look at them, for what is no text. */
export function headText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return !isUtf16 && bytes.subarray(0, LOOK_BYTES).includes(0) ? "" : decodeText(bytes);
}

/** UTF-8, or UTF-16 where a byte order mark says so. */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  return new TextDecoder().decode(bytes);
}

function damaged(path: string, reason: string): MigrateError {
  return new MigrateError("source/damaged", `Cannot read ${path}: ${reason}.`, {
    hint: "Copy or export it again: the description of the machine is damaged.",
  });
}
