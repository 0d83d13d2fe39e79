/**
 * Mode `nfc`: the server makes streamOptimized disks and sends them under a lease.
 *
 * @module
 */
import { basename, join } from "@std/path";
import { ExportLease, pairDisks } from "../lease.ts";
import { downloadLeased } from "../nfc.ts";
import type { VsphereSession } from "../session.ts";
import type { VmDetails } from "../vm.ts";
import { all, diskNames, type ExportVmOptions, type LocalDisk } from "./mode.ts";

/** How often an export begins anew because its lease went with a lost session. */
const NEW_LEASES = 2;

/** Exports by lease; one that went with a lost session is asked for again. */
export async function exportByNfc(
  session: VsphereSession,
  vm: VmDetails,
  folder: string,
  options: ExportVmOptions,
): Promise<LocalDisk[]> {
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
): Promise<LocalDisk[]> {
  const names = diskNames(basename(folder), vm.disks.length);
  await using lease = await ExportLease.open(session, vm, snapshot);
  const doneBytes = names.map(() => 0);
  const totalBytes = vm.disks.reduce((sum, disk) => sum + disk.sizeBytes, 0);
  const downloads = pairDisks(vm.name, vm.disks, lease.disks).map(async ([disk, leased], index) => {
    const file = `${names[index]}.vmdk`;
    await downloadLeased(session, leased, join(folder, file), {
      signal,
      onProgress: (bytes) => {
        doneBytes[index] = bytes;
        // The stream is compressed, so its end comes sooner than the size says.
        onProgress(index, Math.min(bytes, disk.sizeBytes), disk.sizeBytes);
        lease.progress(100 * doneBytes.reduce((sum, one) => sum + one, 0) / totalBytes);
      },
    });
    onProgress(index, disk.sizeBytes, disk.sizeBytes);
    return { disk, file, settle: () => Promise.resolve() };
  });
  const disks = await all(downloads);
  await lease.complete();
  return disks;
}
