/**
 * Which mode an export uses when nobody names one, and why.
 *
 * @module
 */
import { concernsOf } from "../machines/concerns.ts";
import type { VmDetails } from "../machines/vm.ts";
import { type ExportMode, MODES } from "./table.ts";

/** A mode and the reason for it. */
export interface ChosenMode {
  /** The mode. */
  readonly mode: ExportMode;
  /** Why, in words. */
  readonly reason: string;
}

/** Below this share of their capacity, disks are mostly empty: `nfc` sends only what is used. */
const SPARSE_SHARE = 0.5;

/** Chooses a mode for a machine. */
export function chooseMode(vm: VmDetails, shutsDown: boolean): ChosenMode {
  const obstacle = (mode: ExportMode): string | undefined =>
    concernsOf(vm, { carries: MODES[mode].carries, shutsDown }).find((one) => one.severity === "critical")
      ?.message;
  const capacity = vm.disks.reduce((sum, disk) => sum + disk.sizeBytes, 0);
  const isSparse = (vm.storageBytes ?? capacity) < capacity * SPARSE_SHARE;
  const inWay = obstacle("datastore");
  if (inWay !== undefined) return { mode: "nfc", reason: `datastore cannot take it: ${inWay}` };
  return isSparse
    ? { mode: "nfc", reason: "its disks are mostly empty, and nfc sends only what is used" }
    : { mode: "datastore", reason: "it goes on where it was stopped, with several streams" };
}
