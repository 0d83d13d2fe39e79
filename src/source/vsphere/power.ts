/**
 * Power of machines: shut down by their guest or hard, and powered on again.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import { collect } from "./properties.ts";
import type { VsphereSession } from "./session.ts";
import { type Reference, SoapFault } from "./soap.ts";
import { runTask } from "./task.ts";
import { pause } from "./http/transport.ts";

/** How a machine that is on is shut down: by its guest, as if the plug were pulled, or not at all. */
export type Shutdown = "guest" | "hard" | "none";

const POLL_MS = 500;

/** A machine to shut down or power on. */
export interface PoweredVm {
  /** Managed object id. */
  readonly id: string;
  /** Name, for error texts. */
  readonly name: string;
}

/**
 * Shuts a machine down and waits until it is off; one that is off already stays so.
 *
 * @throws {MigrateError} `source/unsupported` when the guest does not listen, or what the server refuses
 */
export async function shutDown(
  session: VsphereSession,
  vm: PoweredVm,
  how: Exclude<Shutdown, "none">,
  timeoutMs: number,
): Promise<void> {
  if (await powerOf(session, vm) === "poweredOff") return;
  if (how === "hard") {
    await settled(() => runTask(session, "PowerOffVM_Task", reference(vm)));
    return;
  }
  try {
    await settled(() => session.call("ShutdownGuest", reference(vm)));
  } catch (error) {
    if (!(error instanceof SoapFault) || error.kind !== "ToolsUnavailable") throw error;
    throw notDown(vm, "VMware Tools does not run in it", error);
  }
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    if (session.signal.aborted) throw new MigrateError("run/cancelled", "Cancelled.");
    if (await powerOf(session, vm) === "poweredOff") return;
    await pause(POLL_MS, session.signal);
  }
  throw notDown(vm, `its guest was still up after ${Math.round(timeoutMs / 1000)} s`);
}

/** Powers a machine on; one that is on already stays so. */
export async function powerOn(session: VsphereSession, vm: PoweredVm): Promise<void> {
  if (await powerOf(session, vm) === "poweredOn") return;
  await settled(() => runTask(session, "PowerOnVM_Task", reference(vm)));
}

async function powerOf(session: VsphereSession, vm: PoweredVm): Promise<string> {
  const [found] = await collect(session, [reference(vm)], ["runtime.powerState"]);
  return found?.values["runtime.powerState"]?.text ?? "";
}

/** A call that was sent twice, because the answer to the first was lost, finds its work done. */
async function settled(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SoapFault) || error.kind !== "InvalidPowerState") throw error;
  }
}

function reference({ id }: PoweredVm): Reference {
  return { type: "VirtualMachine", id };
}

function notDown(vm: PoweredVm, reason: string, cause?: unknown): MigrateError {
  return new MigrateError("source/unsupported", `Cannot shut down ${vm.name}: ${reason}.`, {
    hint: "Shut it down yourself, or use --shutdown hard, which may lose what the guest has not written.",
    cause,
  });
}
