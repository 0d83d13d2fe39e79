/**
 * The other end of a question: what a reading thread does with it.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import { type Answer, READY } from "./ask.ts";

/** What a thread has of a dedicated worker's scope. */
interface WorkerScope<Q, T> {
  onmessage: ((event: MessageEvent<Q>) => void) | null;
  postMessage(answer: Answer<T> | typeof READY): void;
}

/** Answers questions with what the reader returns, or with why it throws. */
export function answer<Q, T>(read: (question: Q) => T | Promise<T>): void {
  const scope = self as unknown as WorkerScope<Q, T>;
  scope.onmessage = async ({ data }): Promise<void> => scope.postMessage(await attempt(() => read(data)));
  scope.postMessage(READY);
}

/** What a reader returns, or why it throws. */
export async function attempt<T>(read: () => T | Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    const { code, hint } = error instanceof MigrateError ? error : {};
    const message = error instanceof Error ? error.message : String(error);
    return {
      refusal: {
        message,
        ...(code === undefined ? {} : { code }),
        ...(hint === undefined ? {} : { hint }),
      },
    };
  }
}
