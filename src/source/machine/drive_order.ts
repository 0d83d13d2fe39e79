/**
 * The order in which a machine's firmware sees its hard disks, so that the disk that boots comes first.
 *
 * @module
 */
import type { DiskController } from "../../model/disk.ts";

/** Where a disk sits. */
export interface Place {
  /** Kind of its controller. */
  readonly controller: DiskController;
  /** Which controller of that kind, from 0. */
  readonly controllerNumber: number;
  /** Unit on the controller. */
  readonly slot: number;
}

/** Controllers in the order in which firmware looks at them; the ones that nobody names last. */
const RANKS: readonly DiskController[] = ["ide", "scsi", "sata", "nvme", "virtio", "unknown"];

/**
 * Sorts disks by controller and unit; before them, those that VMware's `bios.hddOrder` names
 * (`scsi0:1,scsi0:0`) and, first of all, the one that the machine is said to boot from.
 */
export function bootOrder<T extends Place & { readonly boots?: boolean }>(
  disks: readonly T[],
  hddOrder = "",
): T[] {
  const named = hddOrder.toLowerCase().split(",").map((name) => name.trim());
  const ranked = disks.map((disk, index) => {
    const at = named.indexOf(`${disk.controller}${disk.controllerNumber}:${disk.slot}`);
    const key = [
      disk.boots ? 0 : 1,
      at < 0 ? named.length : at,
      RANKS.indexOf(disk.controller),
      disk.controllerNumber,
      disk.slot,
      index,
    ];
    return { disk, key };
  });
  return ranked.sort((a, b) => compare(a.key, b.key)).map(({ disk }) => disk);
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
