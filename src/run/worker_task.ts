/**
 * The Worker's end of a pool: serves one task after the other.
 *
 * @module
 */
import { type PlainError, plainError, revived } from "../model/plain_error.ts";

/** What the pool sends. */
export type ToTask =
  | { readonly type: "task"; readonly value: unknown }
  | { readonly type: "abort" }
  | { readonly type: "answer"; readonly id: number; readonly value: unknown }
  | { readonly type: "refusal"; readonly id: number; readonly error: PlainError };

/** What a Worker sends. */
export type FromTask =
  | { readonly type: "told"; readonly value: unknown }
  | { readonly type: "question"; readonly id: number; readonly value: unknown }
  | { readonly type: "done"; readonly value: unknown }
  | { readonly type: "failed"; readonly error: PlainError };

/** What a task may use of the thread that it came from. */
export interface TaskHost {
  /** Aborted when that thread says so. */
  readonly signal: AbortSignal;
  /** Tells something that needs no answer. */
  tell(value: unknown): void;
  /**
   * Asks for something.
   *
   * @throws {MigrateError} what the other side threw
   */
  ask(question: unknown): Promise<unknown>;
}

/** What this thread has of a dedicated worker's scope. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ToTask>) => void) | null;
  postMessage(message: FromTask): void;
}

/** Serves tasks with a function, for as long as the Worker lives. */
export function serveTasks<T>(work: (value: T, host: TaskHost) => Promise<unknown>): void {
  const scope = self as unknown as WorkerScope;
  const questions = new Map<number, PromiseWithResolvers<unknown>>();
  let abort = new AbortController();
  let nextId = 1;
  const serve = async (value: T): Promise<void> => {
    abort = new AbortController();
    const host: TaskHost = {
      signal: abort.signal,
      tell: (told) => scope.postMessage({ type: "told", value: told }),
      ask: (question) => {
        const id = nextId++;
        const pending = Promise.withResolvers<unknown>();
        questions.set(id, pending);
        scope.postMessage({ type: "question", id, value: question });
        return pending.promise;
      },
    };
    try {
      scope.postMessage({ type: "done", value: await work(value, host) });
    } catch (error) {
      scope.postMessage({ type: "failed", error: plainError(error) });
    }
  };
  scope.onmessage = ({ data }): void => {
    if (data.type === "task") void serve(data.value as T);
    else if (data.type === "abort") abort.abort();
    else {
      const pending = questions.get(data.id);
      questions.delete(data.id);
      if (data.type === "answer") pending?.resolve(data.value);
      else pending?.reject(revived(data.error));
    }
  };
}
