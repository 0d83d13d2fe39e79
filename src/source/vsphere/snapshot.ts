/**
 * Snapshots of our own: made for one export, noted on disk before they are made, removed on every path out. The
 * note of a run that was killed tells the next one, or `vsphere cleanup`, what to remove.
 *
 * @module
 */
import { element } from "../../libvirt/xml_builder.ts";
import type { Concern } from "../../model/concern.ts";
import { MigrateError } from "../../model/error.ts";
import { disksOf, snapshotsOf } from "./machines/hardware.ts";
import { collect } from "./properties.ts";
import type { VsphereSession } from "./session.ts";
import { type Reference, SoapFault } from "./soap.ts";
import { dropNote, notedSnapshot, noteSnapshot } from "./snapshot_note.ts";
import { runTask } from "./task.ts";
import { pause } from "./http/transport.ts";
import type { VmDetails, VmSnapshot } from "./machines/vm.ts";
import { childrenOf } from "./xml.ts";

/** What every snapshot of ours is called, with an id after it. */
export const SNAPSHOT_PREFIX = "hyper2kvm-";

/** How a snapshot is made. */
export interface SnapshotOptions {
  /** Folder that keeps the note. */
  readonly folder: string;
  /** Whether VMware Tools brings the filesystems to rest first. */
  readonly quiesce: boolean;
  /** Receives what a person should know, such as a snapshot that could not be removed. */
  readonly onConcern: (concern: Concern) => void;
}

/** A snapshot and the machine as it has frozen it. */
export interface FrozenVm {
  /** Managed object id of the snapshot. */
  readonly snapshot: string;
  /** The machine with the disks of the snapshot. */
  readonly vm: VmDetails;
}

/** How often the removal is tried, and the first pause between, in milliseconds. */
const REMOVALS = 4;
const REMOVAL_PAUSE_MS = 500;
/** How long a run that was cancelled may take to remove its snapshot, in milliseconds. */
const LAST_WORK_MS = 5 * 60_000;

/**
 * Makes a snapshot, does the work with it, and removes it whatever happens.
 *
 * @throws {MigrateError} when the snapshot cannot be made, or what the work throws
 */
export async function withSnapshot<T>(
  session: VsphereSession,
  vm: VmDetails,
  options: SnapshotOptions,
  work: (frozen: FrozenVm) => Promise<T>,
): Promise<T> {
  await removeNoted(session, options.folder, options.onConcern);
  const name = `${SNAPSHOT_PREFIX}${crypto.randomUUID().slice(0, 8)}`;
  await noteSnapshot(options.folder, { server: session.address, vm: vm.id, vmName: vm.name, name });
  try {
    const snapshot = await create(session, vm, name, options);
    return await work({ snapshot, vm: { ...vm, disks: await frozenDisks(session, snapshot) } });
  } finally {
    await removeAtLast(session, vm.name, name, options);
  }
}

/** Removes the snapshot also when the run was cancelled; what stands in the way must not hide why the work failed. */
async function removeAtLast(
  session: VsphereSession,
  vmName: string,
  name: string,
  { folder, onConcern }: SnapshotOptions,
): Promise<void> {
  try {
    await session.afterwards(LAST_WORK_MS, async (alive) => void await removeNoted(alive, folder, onConcern));
  } catch (error) {
    if (!(error instanceof MigrateError)) throw error;
    onConcern(leftBehind(vmName, name, error.message));
  }
}

function leftBehind(vmName: string, name: string, reason: string): Concern {
  return {
    id: "vsphere/snapshot-left",
    severity: "warning",
    message: `The snapshot ${name} of ${vmName} is still there: ${reason}`,
    hint: `hyper2kvm vsphere cleanup --vm ${vmName} removes it; until then the VM's disks grow.`,
  };
}

/**
 * Removes the snapshot that the note in a folder names, and the note when it is gone. A snapshot that stays is a
 * concern, and keeps its note. Returns the name of what was removed.
 */
export async function removeNoted(
  session: VsphereSession,
  folder: string,
  onConcern: (concern: Concern) => void,
): Promise<string | undefined> {
  const note = await notedSnapshot(folder);
  if (note === undefined) return;
  if (note.server !== session.address) throw otherServer(folder, note.server, session.address);
  const vm = { type: "VirtualMachine", id: note.vm };
  try {
    const removed = await removeNamed(session, vm, (name) => name === note.name);
    await dropNote(folder);
    await consolidate(session, vm, note.vmName, onConcern);
    return removed[0];
  } catch (error) {
    if (!(error instanceof MigrateError) || error.code === "run/cancelled") throw error;
    onConcern(leftBehind(note.vmName, note.name, error.message));
  }
}

/** Removes the snapshots of a machine whose names fit, newest first; returns their names. */
export async function removeNamed(
  session: VsphereSession,
  vm: Reference,
  fits: (name: string) => boolean,
): Promise<string[]> {
  const removed: string[] = [];
  for (const { id, name } of (await snapshotsNow(session, vm)).toReversed()) {
    if (!fits(name)) continue;
    await removeOne(session, vm, id);
    removed.push(name);
  }
  return removed;
}

async function removeOne(session: VsphereSession, vm: Reference, id: string): Promise<void> {
  const args = [element("removeChildren", {}, "false"), element("consolidate", {}, "true")];
  for (let tried = 1;; tried++) {
    try {
      await runTask(session, "RemoveSnapshot_Task", { type: "VirtualMachineSnapshot", id }, args);
      return;
    } catch (error) {
      if (!(error instanceof SoapFault)) throw error;
      // What failed half may have taken the snapshot out of the tree already.
      if (!(await snapshotsNow(session, vm)).some((one) => one.id === id)) return;
      if (tried === REMOVALS) throw error;
    }
    await pause(REMOVAL_PAUSE_MS * 2 ** (tried - 1), session.signal);
  }
}

async function create(
  session: VsphereSession,
  vm: VmDetails,
  name: string,
  { quiesce }: SnapshotOptions,
): Promise<string> {
  const target = { type: "VirtualMachine", id: vm.id };
  try {
    await runTask(session, "CreateSnapshot_Task", target, [
      element("name", {}, name),
      element("description", {}, "Made by hyper2kvm for an export; it is removed at the end."),
      element("memory", {}, "false"),
      element("quiesce", {}, String(quiesce)),
    ]);
  } catch (error) {
    if (error instanceof SoapFault) throw snapshotError(vm.name, quiesce, error);
    throw error;
  }
  // A call that was sent twice, because the answer to the first was lost, has made two.
  const mine = (await snapshotsNow(session, target)).filter((one) => one.name === name);
  const last = mine.at(-1);
  if (last !== undefined) return last.id;
  throw new MigrateError("network/failed", `Cannot make a snapshot of ${vm.name}: it is gone at once.`);
}

/** Every snapshot, parents before children. */
async function snapshotsNow(session: VsphereSession, vm: Reference): Promise<VmSnapshot[]> {
  const [found] = await collect(session, [vm], ["snapshot"]);
  const flat = (list: readonly VmSnapshot[]): VmSnapshot[] =>
    list.flatMap((one) => [one, ...flat(one.children)]);
  return flat(snapshotsOf(childrenOf(found?.values["snapshot"], "rootSnapshotList")));
}

async function frozenDisks(session: VsphereSession, snapshot: string): Promise<VmDetails["disks"]> {
  const target = { type: "VirtualMachineSnapshot", id: snapshot };
  const [found] = await collect(session, [target], ["config.hardware.device"]);
  return disksOf(found?.values["config.hardware.device"]?.children ?? []);
}

/** Lets the server merge what a removed snapshot has left; what stays is a concern. */
async function consolidate(
  session: VsphereSession,
  vm: Reference,
  name: string,
  onConcern: (concern: Concern) => void,
): Promise<void> {
  if (!await needsConsolidation(session, vm)) return;
  try {
    await runTask(session, "ConsolidateVMDisks_Task", vm);
    if (!await needsConsolidation(session, vm)) return;
  } catch (error) {
    if (!(error instanceof SoapFault)) throw error;
  }
  onConcern({
    id: "vsphere/consolidation",
    severity: "warning",
    message: `The disks of ${name} need consolidation, and the server did not do it.`,
    hint: "Consolidate them in vSphere (Snapshots, Consolidate).",
  });
}

async function needsConsolidation(session: VsphereSession, vm: Reference): Promise<boolean> {
  const [found] = await collect(session, [vm], ["runtime.consolidationNeeded"]);
  return found?.values["runtime.consolidationNeeded"]?.text === "true";
}

function snapshotError(name: string, quiesce: boolean, fault: SoapFault): MigrateError {
  const isRight = fault.kind === "NoPermission";
  const hint = isRight
    ? "The user needs the privilege VirtualMachine.State.CreateSnapshot on the VM."
    : quiesce
    ? "Run the same command again without --quiesce, or see the events of the VM."
    : "See the events of the VM in vSphere.";
  return new MigrateError(
    isRight ? "permission/denied" : "source/unsupported",
    `Cannot make a snapshot of ${name}: ${fault.reason} (${fault.kind}).`,
    { hint, cause: fault },
  );
}

function otherServer(folder: string, noted: string, used: string): MigrateError {
  return new MigrateError(
    "run/busy",
    `Cannot use ${folder}: a snapshot of an earlier run is still on ${noted}, and this is ${used}.`,
    { hint: `hyper2kvm vsphere cleanup --vcenter ${noted} … removes it.` },
  );
}
