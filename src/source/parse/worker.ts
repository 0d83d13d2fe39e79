/**
 * The thread that reads foreign text. It has no permission at all: a text goes in, a value comes out.
 *
 * @module
 */
import { type ParseOutcome, type ParseRequest, READERS, READY } from "./formats.ts";

/** What this thread has of a dedicated worker's scope. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ParseRequest>) => void) | null;
  postMessage(outcome: ParseOutcome | typeof READY): void;
}

const scope = self as unknown as WorkerScope;
scope.onmessage = ({ data }): void => {
  try {
    scope.postMessage({ value: READERS[data.format](data.text) });
  } catch (error) {
    scope.postMessage({ reason: error instanceof Error ? error.message : String(error) });
  }
};
scope.postMessage(READY);
