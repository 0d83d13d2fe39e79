/**
 * The thread that talks to libvirt: one request, one answer.
 *
 * @module
 */
import { defineNow, type DefineOutcome, type DefineRequest } from "./define_now.ts";

/** What this thread has of a dedicated worker's scope. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<DefineRequest>) => void) | null;
  postMessage(outcome: DefineOutcome): void;
}

const scope = self as unknown as WorkerScope;
scope.onmessage = ({ data }): void => scope.postMessage(defineNow(data));
