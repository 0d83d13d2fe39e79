/**
 * What of a machine stands in the way of an export, or matters after it.
 *
 * @module
 */
import type { Concern } from "../../model/concern.ts";
import type { VmDetails, VmDisk } from "./vm.ts";

/** How disks leave the server: as a leased stream, or as files of the datastore. */
export type ExportMode = "nfc" | "datastore";

/** Every concern; a critical one blocks the export in this mode. */
export function concernsOf(vm: VmDetails, mode: ExportMode): Concern[] {
  return [
    ...stateConcerns(vm, mode),
    ...vm.disks.flatMap((disk) => diskConcerns(disk, mode)),
    ...deviceConcerns(vm),
  ];
}

function stateConcerns(vm: VmDetails, mode: ExportMode): Concern[] {
  const concerns: Concern[] = [];
  if (vm.power !== "off") {
    const hint = vm.power === "suspended" ? "Power it on, then off." : "Shut it down in vSphere.";
    concerns.push({
      id: "vsphere/powered-on",
      severity: "critical",
      message: `It is not off (${vm.power}).`,
      hint,
    });
  }
  if (vm.encrypted) {
    const hint = "Decrypt it in vSphere (storage policy) first.";
    concerns.push({ id: "vsphere/encrypted", severity: "critical", message: "It is encrypted.", hint });
  }
  if (vm.snapshots.length > 0 && mode === "nfc") {
    const message = "It has snapshots; the export is its current state.";
    concerns.push({ id: "vsphere/snapshots", severity: "information", message });
  }
  if (vm.disks.length === 0) {
    concerns.push({ id: "vsphere/no-disks", severity: "critical", message: "It has no disks." });
  }
  return concerns;
}

function diskConcerns(disk: VmDisk, mode: ExportMode): Concern[] {
  const concerns: Concern[] = [];
  const add = (id: string, severity: Concern["severity"], says: string, hint: string): void => {
    concerns.push({ id: `vsphere/${id}`, severity, message: `${disk.label} ${says}.`, hint });
  };
  const critical = mode === "datastore" ? "critical" : "information";
  if (disk.hasParent) {
    add(
      "delta-disk",
      critical,
      "is a delta on another disk",
      "Consolidate the snapshots, or use --mode nfc.",
    );
  }
  if (disk.raw) {
    const severity = mode === "datastore" ? "critical" : "warning";
    add(
      "raw-device",
      severity,
      "is a device of the storage (RDM)",
      "Export it with --mode nfc, or copy the device.",
    );
  }
  if (disk.encrypted) add("encrypted-disk", "critical", "is encrypted", "Decrypt it in vSphere first.");
  if (disk.mode.startsWith("independent")) {
    add("independent-disk", "information", `is independent (${disk.mode})`, "Snapshots leave it out.");
  }
  if (disk.shared) {
    add("shared-disk", "warning", "may be open in another VM", "Shut down every VM that uses it.");
  }
  return concerns;
}

function deviceConcerns(vm: VmDetails): Concern[] {
  const concerns: Concern[] = vm.passthrough.map((device) => ({
    id: "vsphere/passthrough",
    severity: "warning",
    message: `${device} belongs to the host and stays behind.`,
  }));
  if (vm.tpm) {
    const hint = "Have the recovery keys of BitLocker and the like at hand.";
    concerns.push({
      id: "vsphere/tpm",
      severity: "warning",
      message: "Its TPM's content stays behind.",
      hint,
    });
  }
  return concerns;
}
