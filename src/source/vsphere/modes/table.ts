/**
 * The ways in which disks leave a server, by name. The code of one is loaded when it is used.
 *
 * @module
 */
import type { ModeRow } from "./mode.ts";

/** Name of a mode. */
export type ExportMode = "nfc" | "datastore";

/** Every mode, in the order of `--help`. */
export const MODES: Readonly<Record<ExportMode, ModeRow>> = {
  nfc: {
    title: "compressed streams by a lease of the server",
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
};

/** Every name, in the order of the table. */
export const MODE_NAMES = Object.keys(MODES) as [ExportMode, ...ExportMode[]];
