/**
 * The interface of an input kind, and the table that selects one. A kind is told by content, never by the
 * name of the file.
 *
 * @module
 */
import type { Concern } from "../model/concern.ts";
import type { SourceDisk } from "../model/disk.ts";
import type { Digest } from "../model/digest.ts";
import type { Machine } from "../model/source.ts";
import type { Job } from "../config/schema.ts";
import { ARCHIVES } from "./archive/kinds.ts";
import { DISK_IMAGES, raw } from "./disk_image.ts";
import { libvirtXml } from "./libvirt/libvirt_xml.ts";
import { ova } from "./ovf/ova.ts";
import { ovf } from "./ovf/ovf.ts";
import { vhd } from "./vhd/vhd.ts";
import { vhdx } from "./vhdx/vhdx.ts";
import { vmdk } from "./vmdk/vmdk.ts";
import { exported } from "./vsphere/exported.ts";
import { vmx } from "./vmx/vmx.ts";
import type { Window } from "./input/window.ts";

/** The first bytes of an input, and what the file system says of it. */
export interface InputHead {
  /** Path as given. */
  readonly path: string;
  /** The first 68 KiB at most: enough for every magic number, btrfs' at 64 KiB included. */
  readonly bytes: Uint8Array;
  /** The last 512 bytes: a fixed VHD shows itself only there. */
  readonly tail: Uint8Array;
  /** Length of the input in bytes. */
  readonly sizeBytes: number;
  /** Where the input is, when it is a part of the file at `path`; only kinds with `inPlace` get one. */
  readonly inside?: Window;
}

/** What of a job matters to a kind. */
export type SourceJob =
  & Pick<Job, "source" | "kind" | "name">
  & Partial<
    Pick<
      Job,
      | "member"
      | "max_members"
      | "max_total_bytes"
      | "identity"
      | "port"
      | "ssh_opt"
      | "jobs"
      | "vm"
      | "verify_manifest"
      | "stream"
      | "user"
      | "password_file"
      | "password_env"
      | "ca"
      | "thumbprint"
      | "insecure"
      | "streams"
      | "plugins"
    >
  >;

/** What a kind may use beside the input itself. */
export interface SourceContext {
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Makes the folder for temporary files when it is first needed; only a kind that must unpack calls it. */
  readonly workDir: () => Promise<string>;
  /** What serves a disk is closed with these, when nothing reads it any longer. */
  readonly resources: AsyncDisposableStack;
  /** What is asked for. */
  readonly job: SourceJob;
  /** Picks the kind of an input that was found inside this one, or the one named; throws when there is none. */
  readonly select: (head: InputHead, kind?: string) => Source;
  /** How many archives this input lies in. */
  readonly depth: number;
}

/** What an input holds. */
export interface FoundMachine {
  /** Disks in boot order; at least one. */
  readonly disks: readonly SourceDisk[];
  /** What the input says of the machine around them; a bare disk says nothing. */
  readonly machine?: Machine;
  /** Name of the VM, where the input has one. */
  readonly name?: string;
  /** What a person should know. */
  readonly concerns?: readonly Concern[];
  /** What files must hash to, where the input says it and it has not been compared yet. */
  readonly digests?: readonly Digest[];
}

/** One input kind. */
export interface Source {
  /** Name for `--kind`, events and reports. */
  readonly kind: string;
  /** What it is, for error texts: "VMware disk". */
  readonly title: string;
  /** Whether it can be read as a part of another file ({@linkcode InputHead.inside}). */
  readonly inPlace?: true;
  /** Whether it describes a machine and names its disks: such a thing is no disk of another machine. */
  readonly isMachine?: true;
  /** Whether the content is of this kind. */
  matches(head: InputHead): boolean;
  /**
   * Describes what the input holds; opens nothing for writing.
   *
   * @throws {MigrateError} `source/damaged` or `source/unsupported`
   */
  read(head: InputHead, context: SourceContext): Promise<FoundMachine>;
}

/** Every kind, in the order in which they are tried: the ones with a magic number before raw. */
export const SOURCES: readonly Source[] = [
  ova,
  ovf,
  vmx,
  libvirtXml,
  exported,
  vmdk,
  ...ARCHIVES,
  ...DISK_IMAGES,
  vhdx,
  vhd,
  raw,
];
