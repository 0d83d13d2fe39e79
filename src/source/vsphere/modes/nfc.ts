/**
 * Mode `nfc`: the server makes streamOptimized disks, sends them under a lease, and describes the machine around
 * them: an OVF package.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, join } from "@std/path";
import { mapParallel } from "../../../run/parallel.ts";
import { ExportLease, pairDisks } from "../lease.ts";
import { downloadLeased } from "../nfc.ts";
import { type PackageDisk, writePackage } from "../ovf_package.ts";
import type { VsphereSession } from "../session.ts";
import type { VmDetails } from "../machines/vm.ts";
import { diskNames, type ExportVmOptions, type LocalDisk } from "./mode.ts";

/** How often an export begins anew because its lease went with a lost session. */
const NEW_LEASES = 2;

/**
 * Disks of one machine at the same time. With the machines of a host that are exported at once it stays below the
 * connections of a session: a lease that is not heard of ends.
 */
const DISKS_AT_ONCE = 6;

/** A disk here, and in the package. */
type LeasedLocal = LocalDisk & PackageDisk;

/** Exports by lease and as an OVF package. */
export async function exportByNfc(
  session: VsphereSession,
  vm: VmDetails,
  folder: string,
  options: ExportVmOptions,
): Promise<LocalDisk[]> {
  const disks = await byLease(session, vm, folder, options);
  await writePackage(session, vm, folder, disks, options);
  return disks;
}

/** Exports by lease; one that went with a lost session is asked for again. */
async function byLease(
  session: VsphereSession,
  vm: VmDetails,
  folder: string,
  options: ExportVmOptions,
): Promise<LeasedLocal[]> {
  for (let left = NEW_LEASES;; left--) {
    const { logins } = session;
    try {
      return await byOneLease(session, vm, folder, options);
    } catch (error) {
      if (session.logins === logins || left === 0 || options.signal.aborted) throw error;
    }
  }
}

async function byOneLease(
  session: VsphereSession,
  vm: VmDetails,
  folder: string,
  { signal, snapshot, onProgress }: ExportVmOptions,
): Promise<LeasedLocal[]> {
  const names = diskNames(basename(folder), vm.disks.length);
  await using lease = await ExportLease.open(session, vm, snapshot);
  const doneBytes = names.map(() => 0);
  const totalBytes = vm.disks.reduce((sum, disk) => sum + disk.sizeBytes, 0);
  const pairs = pairDisks(vm.name, vm.disks, lease.disks);
  const disks = await mapParallel(pairs, DISKS_AT_ONCE, async ([disk, leased], index) => {
    const file = `${names[index]}.vmdk`;
    let hash = createHash("sha256");
    const sizeBytes = await downloadLeased(session, leased, join(folder, file), {
      signal,
      onBytes: (offset, bytes) => {
        if (offset === 0) hash = createHash("sha256");
        hash.update(bytes);
      },
      onProgress: (bytes) => {
        doneBytes[index] = bytes;
        // The stream is compressed, so its end comes sooner than the size says.
        onProgress(index, Math.min(bytes, disk.sizeBytes), disk.sizeBytes);
        lease.progress(100 * doneBytes.reduce((sum, one) => sum + one, 0) / totalBytes);
      },
    });
    onProgress(index, disk.sizeBytes, disk.sizeBytes);
    const local = { disk, file, settle: () => Promise.resolve() };
    const sha256 = hash.digest("hex");
    return { ...local, deviceId: leased.key, sizeBytes, sha256, capacityBytes: disk.sizeBytes };
  });
  await lease.complete();
  return disks;
}
