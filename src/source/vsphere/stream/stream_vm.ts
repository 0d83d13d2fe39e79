/**
 * A machine straight from its server: `vsphere://[USER@]HOST[:PORT]/VM`. Its disks stay where they are, and only the
 * blocks that qemu asks for travel, over this program's own session: no other program sees its cookie.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "@std/path";
import { MigrateError } from "../../../model/error.ts";
import type { SourceDisk } from "../../../model/disk.ts";
import { NbdServer } from "../../nbd/server.ts";
import { nbdNode, socketFolder } from "../../nbd/socket.ts";
import type { FoundMachine, SourceContext } from "../../source.ts";
import { changedAreas, EVER_WRITTEN } from "../changed_blocks.ts";
import { concernsOf } from "../machines/concerns.ts";
import { Datastores, nameOf } from "../datastore.ts";
import { openFlat } from "../flat_disk.ts";
import { readDetails, readInventory } from "../inventory.ts";
import { loginOf } from "../login.ts";
import { lengthOf } from "../transfer/ranges.ts";
import { selectVms } from "../machines/selection.ts";
import { VsphereSession } from "../session.ts";
import { machineOf, placeOf, type VmDetails, type VmDisk } from "../machines/vm.ts";
import { RemoteBlocks } from "./remote_blocks.ts";

/** What can be read in place: flat disks of a machine that is off. */
const STREAM_CARRIES = { running: false, deltas: false, rawDevices: false };
/** Chunks at the same time where nobody says. */
const STREAMS = 4;

/**
 * Finds a machine and serves its disks until the end of the run.
 *
 * @throws {MigrateError} `source/missing`, `plan/blocked` with what stands in the way, or what the session throws
 */
export async function streamFromVsphere(
  address: string,
  context: SourceContext,
): Promise<FoundMachine & { readonly kind: string }> {
  const { resources, signal, job } = context;
  const { vcenter, user, vm: selector } = parseAddress(address);
  const options = await loginOf({ ...job, vcenter, user: user ?? job.user }, signal);
  const session = resources.use(await VsphereSession.open(options));
  const vm = await findVm(session, selector);
  const concerns = concernsOf(vm, { carries: STREAM_CARRIES, shutsDown: false });
  const critical = concerns.filter((one) => one.severity === "critical");
  if (critical.length > 0) throw blocked(vm.name, critical.map((one) => one.message));
  const folder = await socketFolder(context);
  const disks: SourceDisk[] = [];
  for (const [index, disk] of vm.disks.entries()) {
    disks.push(await serve(session, vm, disk, join(folder, String(index + 1)), context));
  }
  const served = concerns.filter((one) => one.id !== "vsphere/change-tracking");
  return { kind: "vsphere", disks, machine: machineOf(vm), name: vm.name, concerns: served };
}

async function findVm(session: VsphereSession, selector: string): Promise<VmDetails> {
  const inventory = await readInventory(session);
  const byPath = inventory.vms.some((one) => one.path === `/${selector}`) ? `/${selector}` : selector;
  const found = selectVms(inventory.vms, [byPath]);
  if (found.length === 1) return (await readDetails(session, inventory, found))[0]!;
  throw new MigrateError("usage/bad-value", `Cannot read ${selector}: ${found.length} VMs have this name.`, {
    hint: `Name one by its path or id: ${found.map((one) => one.path).join(", ")}`,
  });
}

async function serve(
  session: VsphereSession,
  vm: VmDetails,
  disk: VmDisk,
  socket: string,
  { resources, signal, job }: SourceContext,
): Promise<SourceDisk> {
  const datastores = new Datastores(session, vm.datacenter);
  const extents = await openFlat(datastores, disk);
  const written = vm.changeTracking
    ? await changedAreas(session, vm.id, undefined, disk, EVER_WRITTEN)
    : null;
  const streams = job.streams ?? STREAMS;
  const { sizeBytes } = disk;
  resources.use(
    new NbdServer(socket, new RemoteBlocks({ datastores, extents, sizeBytes, written, streams, signal })),
  );
  const addressed = (file: string): string => `vsphere://${session.address}/${encodeURI(file)}`;
  return {
    path: addressed(disk.file),
    image: `json:${JSON.stringify(nbdNode(socket, "raw"))}`,
    format: "raw",
    virtualSizeBytes: sizeBytes,
    allocatedSizeBytes: written === null ? sizeBytes : lengthOf(written),
    files: [],
    remoteFiles: extents.map(({ file, remote }) => ({
      address: addressed(nameOf(file)),
      sizeBytes: remote.sizeBytes,
      mtimeMs: versionNumber(remote.version),
    })),
    detail: "read in place",
    ...placeOf(disk),
  };
}

/** An ETag as a number: all that is asked of it is to be another one for another version. */
function versionNumber(version: string): number {
  return parseInt(createHash("sha256").update(version).digest("hex").slice(0, 12), 16);
}

/** Splits `vsphere://[USER@]HOST[:PORT]/VM`; the machine is a name, an id or an inventory path. */
export function parseAddress(
  address: string,
): { readonly vcenter: string; readonly user?: string; readonly vm: string } {
  const [, user, vcenter, vm] = /^vsphere:\/\/(?:([^/]+)@)?([^/@]+)\/(.+)$/i.exec(address) ?? [];
  if (vcenter === undefined || vm === undefined) {
    throw new MigrateError("usage/bad-value", `Cannot use ${address}: it does not name a VM.`, {
      hint: "vsphere://[USER@]HOST[:PORT]/VM, where VM is a name, an id, or an inventory path.",
    });
  }
  if (user?.includes(":") === true) {
    throw new MigrateError("usage/bad-value", "Cannot use the address: a password does not belong into it.", {
      hint: "Give it with --password-file or --password-env.",
    });
  }
  return { vcenter, vm: decode(vm), ...(user === undefined ? {} : { user: decode(user) }) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a percent sign of its own
  }
}

function blocked(name: string, reasons: readonly string[]): MigrateError {
  const all = reasons.map((one) => one.replace(/\.$/, "")).join("; ");
  return new MigrateError("plan/blocked", `Cannot read ${name} in place: ${all}.`, {
    hint:
      "hyper2kvm vsphere export takes machines that are on or have snapshots; then convert what it writes.",
  });
}
