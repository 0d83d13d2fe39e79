/**
 * The interface of a converter: what makes a guest boot on KVM in place of the built-in fixes. `--converter NAME`
 * selects one of a plugin's.
 *
 * @module
 */
import type { Overlay } from "../disk/overlay.ts";
import type { Change } from "../model/change.ts";
import type { Concern } from "../model/concern.ts";
import type { Guest } from "../model/guest.ts";
import type { DiscoveredSource, Nic } from "../model/source.ts";

/** What a converter works with. */
export interface ConverterContext {
  /** The disks: qcow2 overlays on the source, in its order. They are changed in place; the source never. */
  readonly overlays: readonly Overlay[];
  /** The machine as it was found. */
  readonly source: DiscoveredSource;
  /** The guest as inspection found it. */
  readonly guest: Guest;
  /** The network cards that the KVM machine will have. */
  readonly nics: readonly Nic[];
  /** A folder on the host for temporary files; removed at the end. */
  readonly workDir: string;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Shows what it is doing, one line. */
  readonly tell: (message: string) => void;
}

/** What a converter has done. */
export interface ConverterResult {
  /** What was changed in the guest, for the report. */
  readonly changes?: readonly Change[];
  /** What a person should know. What must stop the machine is thrown. */
  readonly concerns?: readonly Concern[];
  /** One phrase for the report, such as "3 drivers added". */
  readonly summary: string;
}

/** One converter. What it leaves on the overlays is copied, checked and booted as after the built-in fixes. */
export interface Converter {
  /** Name for `--converter`. */
  readonly name: string;
  /** What it is, one phrase for the progress. */
  readonly title: string;
  /** Converts the guest on the overlays, which nothing else has open. A plan does not call it. */
  convert(context: ConverterContext): Promise<ConverterResult>;
}

/** Names of the converters that the program has: its own fixes, and virt-v2v (`--use-v2v`). */
export const BUILT_IN_CONVERTERS: readonly string[] = ["fixes", "virt-v2v"];
