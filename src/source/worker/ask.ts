/**
 * Questions to threads that read foreign data with narrowed permissions: a mistake in a reader can neither reach
 * another file nor, with a time limit, hang the program.
 *
 * @module
 */
import { cancelled, type ErrorCode, MigrateError } from "../../model/error.ts";

/** What a thread says when it can take a question. */
export const READY = "ready";

/** Why there is no value. */
export interface Refusal {
  /** The reason. */
  readonly message: string;
  /** Code and hint, where the reader knew them. */
  readonly code?: ErrorCode;
  /** What the user can do about it. */
  readonly hint?: string;
}

/** A value, or why there is none. */
export type Answer<T> = { readonly value: T } | { readonly refusal: Refusal };

/** How long to wait. */
export interface AskOptions {
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Most milliseconds from when the thread runs; a busy host may need long to start it. */
  readonly timeoutMs?: number;
  /** Whether the thread goes on after its answer; who asked then ends it. */
  readonly staysOpen?: boolean;
}

/**
 * Asks a thread that reads the file `path` one question, and returns the value.
 *
 * @throws {MigrateError} what the reader threw, `source/damaged` with its reason, or `run/cancelled`
 */
export async function askReader<T>(
  worker: Worker,
  question: unknown,
  { path, ...options }: AskOptions & { readonly path: string },
): Promise<T> {
  return valueOf(await ask<T>(worker, question, options), path);
}

/**
 * The value that a thread has answered with.
 *
 * @throws {MigrateError} what the reader threw, or `source/damaged` with its reason
 */
export function valueOf<T>(answer: Answer<T>, path: string): T {
  if ("value" in answer) return answer.value;
  const { message, code, hint } = answer.refusal;
  if (code === undefined) throw new MigrateError("source/damaged", `Cannot read ${path}: ${message}.`);
  throw new MigrateError(code, message, hint === undefined ? {} : { hint });
}

/**
 * Asks one question, and ends the thread.
 *
 * @throws {MigrateError} `run/cancelled`
 */
export async function ask<T>(
  worker: Worker,
  question: unknown,
  { signal, timeoutMs, staysOpen = false }: AskOptions,
): Promise<Answer<T>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let goesOn = false;
  const ended = new AbortController();
  try {
    const answer = await new Promise<Answer<T>>((resolve, reject) => {
      const refuse = (message: string): void => resolve({ refusal: { message } });
      worker.onmessage = ({ data }: MessageEvent<typeof READY | Answer<T>>): void => {
        if (data !== READY) return resolve(data);
        if (timeoutMs !== undefined) timer = setTimeout(() => refuse("reading it takes too long"), timeoutMs);
        worker.postMessage(question);
      };
      worker.onerror = (event): void => {
        event.preventDefault();
        refuse(event.message);
      };
      signal.addEventListener("abort", () => reject(cancelled()), { signal: ended.signal });
      if (signal.aborted) reject(cancelled());
    });
    goesOn = staysOpen && "value" in answer;
    return answer;
  } finally {
    clearTimeout(timer);
    ended.abort();
    if (!goesOn) worker.terminate();
  }
}
