/**
 * Questions to threads that read foreign data with narrowed permissions: a mistake in a reader can neither reach
 * another file nor, with a time limit, hang the program.
 *
 * @module
 */
import { cancelled, type ErrorCode } from "../../model/error.ts";

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
}

/**
 * Asks one question, and ends the thread.
 *
 * @throws {MigrateError} `run/cancelled`
 */
export async function ask<T>(
  worker: Worker,
  question: unknown,
  { signal, timeoutMs }: AskOptions,
): Promise<Answer<T>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ended = new AbortController();
  try {
    return await new Promise<Answer<T>>((resolve, reject) => {
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
  } finally {
    clearTimeout(timer);
    ended.abort();
    worker.terminate();
  }
}
