/**
 * The texts that describe whole machines, each with its reader. The readers are pure.
 *
 * @module
 */
import { readDomain } from "../libvirt/domain.ts";
import { readEnvelope } from "../ovf/envelope.ts";
import { readVmx } from "../vmx/text.ts";

/** A reader for each format. */
export const READERS = { ovf: readEnvelope, vmx: readVmx, domain: readDomain } as const;

/** The formats. */
export type ForeignFormat = keyof typeof READERS;

/** What a format is read into. */
export type Foreign<F extends ForeignFormat> = ReturnType<(typeof READERS)[F]>;

/** One text to read. */
export interface ParseRequest {
  /** Its format. */
  readonly format: ForeignFormat;
  /** The text. */
  readonly text: string;
}
