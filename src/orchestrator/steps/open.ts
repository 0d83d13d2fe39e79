/**
 * Step `open`: overlays on the source, and one appliance with all of them.
 *
 * @module
 */
import { join } from "@std/path";
import { createOverlays } from "../../disk/overlay.ts";
import { type Resize, resizeOf } from "../../disk/resize.ts";
import { growPartition } from "../../guest/grow/grow_partition.ts";
import { openSession } from "../../guest/open_session.ts";
import type { Concern } from "../../model/concern.ts";
import type { SourceDisk } from "../../model/disk.ts";
import type { HostFacts } from "../../plan/host.ts";
import { APPLIANCE } from "../../run/costs.ts";
import { size } from "../../ui/size.ts";
import { distrustKvm } from "../../verify/kvm_probe.ts";
import { type Findings, leaseFor, type Migration, need, type StepResult } from "../migration.ts";
import { readFixInputs } from "./fix_options.ts";

/** Opens the disks; a plan does so too, on overlays that it throws away. With --resize a disk is larger there. */
export async function open(migration: Migration): Promise<StepResult> {
  const { job } = migration;
  const { disks } = need(migration, "source");
  await readFixInputs(job); // a file that is not there is said now, not when the guest has been inspected
  if (job.resize === undefined) return await openDisks(migration, disks);
  const resize = resizeOf(job.resize, disks);
  const opened = await openDisks(migration, disks, resize);
  const { session } = opened.found;
  const device = (await session.call("list_devices"))[resize.disk]!;
  const { grown, concerns } = await growPartition(session, device, disks[resize.disk]!.virtualSizeBytes);
  const found = { ...opened.found, ...(grown === undefined ? {} : { grown }) };
  const to = size(resize.sizeBytes);
  return { found, concerns, summary: `${opened.summary}, disk ${resize.disk + 1} grows to ${to}` };
}

/** Puts overlays on disks and opens them in one appliance. */
export async function openDisks(
  migration: Migration,
  disks: readonly SourceDisk[],
  resize?: Resize,
): Promise<StepResult & { readonly found: Pick<Required<Findings>, "qmpSocket" | "session"> }> {
  const { signal, resources } = migration;
  const workDir = await migration.workDir();
  const host = need(migration, "host");
  const overlays = await createOverlays(disks, workDir, signal, resize);
  const drives = overlays.map(({ path }) => ({ path, format: "qcow2" as const, discard: true }));
  const qmpSocket = await socketPath(migration, workDir);
  const lease = resources.use(await leaseFor(migration, "open", APPLIANCE));
  const { session, accelerator } = await openSession({
    disks: drives,
    accelerator: host.accelerator,
    tmpDir: workDir,
    qmpSocket,
    signal,
    onClosed: () => lease[Symbol.dispose](),
  });
  resources.use(session);
  const found = { overlays, qmpSocket, session };
  const summary = `libguestfs ${host.libguestfs}`;
  if (accelerator === host.accelerator) return { found, summary };
  return { found: { ...found, host: await withoutKvm(host) }, concerns: [KVM_FAILS], summary };
}

/** The host as the next steps, and the other machines of a batch, are to see it. */
async function withoutKvm(host: HostFacts): Promise<HostFacts> {
  const { accelerator, reason } = await distrustKvm();
  return { ...host, accelerator, acceleratorReason: reason };
}

const KVM_FAILS: Concern = {
  id: "host/kvm-fails",
  severity: "warning",
  message:
    "The appliance did not start under KVM, though a small test guest had: everything goes on by emulation.",
  hint:
    "Check nested virtualization on the machine that runs this host; until it starts anew, KVM is not tried.",
};

/** The longest path that a Unix socket can have: sun_path less its NUL, unix(7). */
const SOCKET_PATH_BYTES = 107;

/** A path for a socket: in the work folder, or in the system's temporary one where that path is too long. */
async function socketPath({ resources }: Migration, workDir: string): Promise<string> {
  const path = join(workDir, "qmp");
  if (new TextEncoder().encode(path).length <= SOCKET_PATH_BYTES) return path;
  const folder = await Deno.makeTempDir({ prefix: "hyper2kvm-" });
  resources.defer(() => Deno.remove(folder, { recursive: true }));
  return join(folder, "qmp");
}
