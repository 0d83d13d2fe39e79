/**
 * What the thread that talks to libvirt is asked, and what it answers: values that survive the way between threads.
 *
 * @module
 */
import type { Concern } from "../model/concern.ts";
import type { ErrorCode } from "../model/error.ts";

/** What is to be defined where. */
export interface DefineRequest {
  /** Domain XML. */
  readonly xml: string;
  /** The name in it. */
  readonly name: string;
  /** Where, such as `qemu:///system`. */
  readonly uri: string;
  /** Whether a domain of that name that is shut off may be replaced. */
  readonly replace: boolean;
  /** libvirt's networks that its cards are on: it does not start without them. */
  readonly networks?: readonly string[];
  /** Whether it starts with its host. */
  readonly autostart?: boolean;
}

/** A domain as libvirt has it. */
export interface DefinedDomain {
  /** Its name. */
  readonly name: string;
  /** Its UUID. */
  readonly uuid: string;
  /** The URI of the connection, as libvirt writes it. */
  readonly uri: string;
  /** Whether it took the place of another one. */
  readonly replaced: boolean;
  /** What keeps it from starting. */
  readonly concerns: readonly Concern[];
}

/** A disk that goes into a storage pool. */
export interface UploadDisk {
  /** The finished image on this host. */
  readonly path: string;
  /** Its format. */
  readonly format: string;
  /** The size that the guest sees, in bytes. */
  readonly virtualSizeBytes: number;
}

/** What is to be put into a pool. */
export interface UploadRequest {
  /** Where. */
  readonly uri: string;
  /** `NAME`, or `NAME:/FOLDER` for a pool that is made when there is none. */
  readonly pool: string;
  /** The machine that they are for. */
  readonly name: string;
  /** The disks; each volume has the name of its file. */
  readonly disks: readonly UploadDisk[];
  /** Whether volumes of the same names may be replaced. */
  readonly replace: boolean;
}

/** A volume that was made. */
export interface UploadedVolume {
  /** Its path on the hypervisor's host. */
  readonly path: string;
  /** Whether it is a block device. */
  readonly isDevice: boolean;
}

/** What is to be removed. */
export interface UndefineRequest {
  /** Where. */
  readonly uri: string;
  /** The name of the domain. */
  readonly name: string;
  /** It goes only if it has one of these disks: another machine of the name is not ours. */
  readonly disks: readonly string[];
}

/** Every question and its answer. */
export interface LibvirtCalls {
  /** Makes a persistent domain. */
  readonly define: { readonly request: DefineRequest; readonly answer: DefinedDomain };
  /** Puts disks into a pool. */
  readonly upload: { readonly request: UploadRequest; readonly answer: readonly UploadedVolume[] };
  /** Removes what `upload` has made. */
  readonly discard: {
    readonly request: { readonly uri: string; readonly pool: string; readonly names: readonly string[] };
    readonly answer: null;
  };
  /** Removes a definition; whether there was one. */
  readonly undefine: { readonly request: UndefineRequest; readonly answer: boolean };
  /** Whether there is a domain of a name. */
  readonly isDefined: {
    readonly request: { readonly uri: string; readonly name: string };
    readonly answer: boolean;
  };
  /** Which domain types its host can run, and the capabilities of a machine of the first of them. */
  readonly abilities: {
    readonly request: { readonly uri: string; readonly virtType?: "kvm" | "qemu" };
    readonly answer: { readonly virtType: "kvm" | "qemu"; readonly xml: string };
  };
}

/** The name of a call. */
export type LibvirtCall = keyof LibvirtCalls;

/** What is sent to the thread. */
export type ToLibvirt =
  | {
    readonly [Call in LibvirtCall]: {
      readonly call: Call;
      readonly request: LibvirtCalls[Call]["request"];
    };
  }[LibvirtCall]
  /** Gives an upload up. */
  | { readonly call: "cancel" };

/** What the thread sends. */
export type FromLibvirt =
  | { readonly type: "answer"; readonly answer: LibvirtCalls[LibvirtCall]["answer"] }
  | {
    readonly type: "failure";
    readonly error: { readonly code: ErrorCode; readonly message: string; readonly hint: string | undefined };
  }
  | {
    readonly type: "progress";
    readonly disk: number;
    readonly doneBytes: number;
    readonly totalBytes: number;
  };
