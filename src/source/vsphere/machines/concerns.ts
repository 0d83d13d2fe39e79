/**
 * What of a machine stands in the way of an export, or matters after it.
 *
 * @module
 */
import type { Concern } from "../../../model/concern.ts";
import type { Carries } from "../modes/mode.ts";
import type { VmDetails, VmDisk } from "./vm.ts";

/** What is asked of an export beside its mode. */
export interface ExportWish {
  /** What the mode can take along. */
  readonly carries: Carries;
  /** Whether a machine that is on is to be shut down first. */
  readonly shutsDown: boolean;
}

/** Every concern; a critical one blocks the export. */
export function concernsOf(vm: VmDetails, wish: ExportWish): Concern[] {
  return [
    ...powerConcerns(vm, wish),
    ...stateConcerns(vm, wish),
    ...vm.disks.flatMap((disk) => diskConcerns(disk, isLive(vm, wish), wish.carries)),
    ...deviceConcerns(vm),
  ];
}

/** Whether it is exported while it is on: by a snapshot. */
export function isLive(vm: Pick<VmDetails, "power">, { shutsDown }: Pick<ExportWish, "shutsDown">): boolean {
  return vm.power === "on" && !shutsDown;
}

function concern(id: string, severity: Concern["severity"], message: string, hint?: string): Concern {
  return { id: `vsphere/${id}`, severity, message, ...(hint === undefined ? {} : { hint }) };
}

function powerConcerns(vm: VmDetails, wish: ExportWish): Concern[] {
  if (vm.power === "off" || (vm.power === "on" && wish.shutsDown)) return [];
  if (vm.power !== "on") {
    const hint = vm.power === "suspended" ? "Power it on, then off." : "See its state in vSphere.";
    return [concern("powered-on", "critical", `It is not off (${vm.power}).`, hint)];
  }
  return wish.carries.running
    ? [concern(
      "powered-on",
      "warning",
      "It is on: the export is a snapshot of it, and what it writes from then on is left out.",
      "--shutdown guest shuts it down first; vsphere sync and cutover move it with all that it writes.",
    )]
    : [
      concern(
        "powered-on",
        "critical",
        "It is not off (on).",
        "Shut it down in vSphere, or --shutdown guest.",
      ),
    ];
}

function stateConcerns(vm: VmDetails, { carries }: ExportWish): Concern[] {
  const concerns: Concern[] = [];
  if (vm.encrypted) {
    const hint = "Decrypt it in vSphere (storage policy) first.";
    concerns.push(concern("encrypted", "critical", "It is encrypted.", hint));
  }
  if (vm.snapshots.length > 0) {
    concerns.push(concern("snapshots", "information", "It has snapshots; the export is its current state."));
  }
  if (vm.consolidationNeeded) {
    concerns.push(concern(
      "consolidation",
      "warning",
      "Its disks need consolidation: an earlier snapshot was not removed cleanly.",
      "Consolidate them in vSphere (Snapshots, Consolidate).",
    ));
  }
  if (vm.disks.length === 0) concerns.push(concern("no-disks", "critical", "It has no disks."));
  if (!vm.changeTracking && vm.disks.length > 0) {
    const needs = carries.needsChangeTracking === true;
    concerns.push(concern(
      "change-tracking",
      needs ? "warning" : "information",
      needs
        ? "Change tracking is off: every sync reads the disks in full and compares hashes."
        : "Change tracking is off, which matters only for vsphere sync.",
      "Set ctkEnabled = TRUE for the VM and its disks in vSphere while it is off.",
    ));
  }
  return concerns;
}

function diskConcerns(disk: VmDisk, live: boolean, carries: Carries): Concern[] {
  const concerns: Concern[] = [];
  const add = (id: string, severity: Concern["severity"], says: string, hint: string): void =>
    void concerns.push(concern(id, severity, `${disk.label} ${says}.`, hint));
  if (disk.parents.length > 0) {
    const isClone = disk.parents.some((parent) => folderOf(parent) !== folderOf(disk.file));
    const severity = carries.deltas ? "information" : "critical";
    const hint = carries.deltas
      ? "The disks below it come along."
      : "Consolidate the snapshots, or use --mode nfc.";
    if (isClone) add("linked-clone", severity, "is a linked clone: it stands on another VM's disk", hint);
    else add("delta-disk", severity, "is a delta on another disk", hint);
  }
  if (disk.raw) {
    const severity = carries.rawDevices ? "warning" : "critical";
    add("raw-device", severity, "is a device of the storage (RDM)", "Use --mode nfc, or copy the device.");
  }
  if (disk.encrypted) add("encrypted-disk", "critical", "is encrypted", "Decrypt it in vSphere first.");
  if (disk.mode.startsWith("independent")) {
    add(
      "independent-disk",
      live ? "critical" : "information",
      `is independent (${disk.mode}), and snapshots leave it out`,
      "Shut the VM down first, or make the disk dependent.",
    );
  }
  if (disk.shared) {
    add("shared-disk", "warning", "may be open in another VM", "Shut down every VM that uses it.");
  }
  return concerns;
}

function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf("/") + 1);
}

function deviceConcerns(vm: VmDetails): Concern[] {
  const concerns = vm.passthrough.map((device) =>
    concern("passthrough", "warning", `${device} belongs to the host and stays behind.`)
  );
  if (vm.tpm) {
    const hint = "Have the recovery keys of BitLocker and the like at hand.";
    concerns.push(concern("tpm", "warning", "Its TPM's content stays behind.", hint));
  }
  return concerns;
}
