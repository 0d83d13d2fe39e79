/**
 * The thread that runs libvirt's event loop: all machines of the process that libvirt runs for a boot proof.
 *
 * @module
 */
import { LibvirtMissingError, runEvents, startEvents, VirtError } from "../../../ffi/libvirt/mod.ts";
import type { VirtFailure } from "../../libvirt/errors.ts";
import type { GuestCall, GuestMessage } from "./messages.ts";
import { RunningDomain } from "./running_domain.ts";

/** What this thread has of a dedicated worker's scope. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<GuestCall>) => void) | null;
  postMessage(message: GuestMessage): void;
}

const scope = self as unknown as WorkerScope;
const post = (message: GuestMessage): void => scope.postMessage(message);
const guests = new Map<number, RunningDomain>();
/** Machines that start or run: as long as there are any, the loop runs. */
let busy = 0;

/** The longest that a message waits for the event loop. */
const ROUND_MS = 100;

scope.onmessage = ({ data }): void => void handle(data);

async function handle({ id, guest, request }: GuestCall): Promise<void> {
  try {
    post({ type: "answer", id, value: await answer(guest, request) });
  } catch (error) {
    post({ type: "failure", id, failure: failureOf(error) });
  }
}

async function answer(
  guest: number,
  request: GuestCall["request"],
): Promise<Extract<GuestMessage, { type: "answer" }>["value"]> {
  const running = guests.get(guest);
  if (request.type === "start") return await start(guest, request);
  if (request.type === "stop") {
    if (running !== undefined) {
      guests.delete(guest);
      busy--;
      running[Symbol.dispose]();
      // libvirt lets go of a closed connection inside its event loop.
      for (let round = 0; round < 5; round++) runEvents(1);
    }
    return null;
  }
  if (running === undefined) throw new TypeError("the machine does not run");
  return running.answer(request);
}

async function start(
  guest: number,
  request: Extract<GuestCall["request"], { type: "start" }>,
): Promise<null> {
  startEvents();
  if (busy++ === 0) void loop();
  try {
    guests.set(guest, await RunningDomain.start(guest, request, post));
    return null;
  } catch (error) {
    busy--;
    throw error;
  }
}

async function loop(): Promise<void> {
  // Each turn ends with a pause, in which messages are handled.
  for (; busy > 0; await new Promise((resolve) => setTimeout(resolve, 0))) {
    runEvents(ROUND_MS);
    for (const guest of guests.values()) guest.pump();
  }
}

function failureOf(error: unknown): VirtFailure {
  if (error instanceof VirtError) return { message: error.message, code: error.code, action: error.action };
  if (error instanceof LibvirtMissingError) return { message: error.message };
  return { message: error instanceof Error ? error.message : String(error), action: "worker" };
}
