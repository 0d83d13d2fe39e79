/**
 * The ways in which disks leave a server, by name. The code of one is loaded when it is used.
 *
 * @module
 */
import type { ModeRow } from "./mode.ts";

/** Name of a mode. */
export type ExportMode = "nfc" | "datastore" | "download-only" | "v2v" | "vddk" | "ovftool";

/** Every mode, in the order of `--help`. */
export const MODES: Readonly<Record<ExportMode, ModeRow>> = {
  nfc: {
    title: "compressed streams by a lease of the server, with its OVF around them",
    carries: { running: true, deltas: true, rawDevices: true },
    privileges: ["VApp.Export"],
    load: async () => (await import("./nfc.ts")).exportByNfc,
  },
  datastore: {
    title: "the datastore's files in several streams, resumed where they stopped",
    carries: { running: true, deltas: true, rawDevices: false },
    privileges: ["Datastore.Browse", "Datastore.FileManagement"],
    load: async () => (await import("./datastore.ts")).exportByDatastore,
  },
  "download-only": {
    title: "the VM's files as they are, with their hashes",
    carries: { running: false, deltas: true, rawDevices: true },
    privileges: ["Datastore.Browse", "Datastore.FileManagement"],
    marker: "SHA256SUMS",
    load: async () => (await import("./download_only.ts")).downloadFiles,
  },
  v2v: {
    title: "converted by virt-v2v on the way",
    carries: { running: false, deltas: true, rawDevices: false },
    privileges: ["Datastore.Browse", "VirtualMachine.Provisioning.GetVmFiles"],
    load: async () => (await import("../../../orchestrator/vsphere_by_v2v.ts")).exportByV2v,
  },
  vddk: {
    title: "by VMware's own library where it is installed",
    carries: { running: true, deltas: true, rawDevices: true },
    privileges: ["VirtualMachine.Provisioning.DiskRandomRead"],
    load: async () => (await import("./vddk.ts")).exportByVddk,
  },
  ovftool: {
    title: "by VMware's ovftool where it is installed",
    carries: { running: false, deltas: true, rawDevices: true },
    privileges: ["VApp.Export"],
    load: async () => (await import("./ovftool.ts")).exportByOvftool,
  },
};

/** Every name, in the order of the table. */
export const MODE_NAMES = Object.keys(MODES) as [ExportMode, ...ExportMode[]];
