/**
 * What virt-v2v reads: one row for each input, with the word by which it says that it has that input
 * (virt-v2v(1), "Input"; virt-v2v-input-vmware(1)).
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import type { V2VFeatures } from "./features.ts";

/** How VMware's own library reads a disk (nbdkit-vddk-plugin(1)). */
export interface VddkInput {
  /** Folder of the library; without it the system's. */
  readonly libdir?: string;
  /** SHA-1 of the server's certificate, as `aa:bb:…`. */
  readonly thumbprint: string;
  /** Ways to the data, such as `nbdssl:nbd`; without it the library chooses. */
  readonly transports?: string;
  /** Managed object id of the snapshot to read. */
  readonly snapshot?: string;
}

/** What virt-v2v reads. */
export type V2VInput =
  /** A libvirt definition whose disks are local files: how our overlays are handed over. */
  | { readonly kind: "libvirtxml"; readonly path: string }
  /** An OVA, an OVF or the folder of one. */
  | { readonly kind: "ova"; readonly path: string }
  /** A VMX with its disks beside it. */
  | { readonly kind: "vmx"; readonly path: string }
  /** A VMX on an ESXi host, over SSH: `ssh://root@host/vmfs/volumes/…/vm.vmx`. */
  | { readonly kind: "vmx-ssh"; readonly url: string; readonly passwordFile?: string }
  /** A VM of a vCenter or ESXi host: `vpx://` or `esx://`. */
  | {
    readonly kind: "vcenter";
    readonly uri: string;
    readonly guest: string;
    readonly passwordFile: string;
    readonly vddk?: VddkInput;
  };

/** A row of the table. */
interface InputRow<I> {
  /** What `virt-v2v --machine-readable` says when it has the input. */
  readonly word: (input: I) => string;
  /** Options and operand. */
  readonly args: (input: I, features: V2VFeatures) => readonly string[];
}

type Rows = { readonly [K in V2VInput["kind"]]: InputRow<Extract<V2VInput, { kind: K }>> };

const ROWS: Rows = {
  libvirtxml: { word: () => "input:libvirtxml", args: ({ path }) => ["-i", "libvirtxml", path] },
  ova: { word: () => "input:ova", args: ({ path }) => ["-i", "ova", path] },
  vmx: { word: () => "input:vmx", args: ({ path }) => ["-i", "vmx", path] },
  "vmx-ssh": {
    word: () => "input:vmx",
    args: ({ url, passwordFile }) => ["-i", "vmx", "-it", "ssh", ...passwordArgs(passwordFile), url],
  },
  vcenter: {
    word: ({ vddk }) => vddk === undefined ? "vcenter-https" : "vddk",
    args: ({ uri, guest, passwordFile, vddk }, features) => [
      ...["-i", "libvirt", "-ic", uri, ...passwordArgs(passwordFile)],
      ...(vddk === undefined ? [] : ["-it", "vddk", ...vddkArgs(vddk, features)]),
      guest,
    ],
  },
};

/**
 * Arguments that name the input; they come last, because they end with the operand.
 *
 * @throws {MigrateError} `tool/missing` when this virt-v2v has no such input
 */
export function inputArgs<I extends V2VInput>(input: I, features: V2VFeatures): readonly string[] {
  const row = ROWS[input.kind] as InputRow<I>;
  const word = row.word(input);
  if (features.words.includes(word)) return row.args(input, features);
  throw new MigrateError("tool/missing", `Cannot use virt-v2v ${features.version}: it has no ${word}.`, {
    hint: "Install a newer virt-v2v, or export the machine first and convert its disks.",
  });
}

const passwordArgs = (path: string | undefined): string[] => path === undefined ? [] : ["-ip", path];

/** `-io` came with the word `io/oo`; before, each was an option of its own. */
function vddkArgs({ libdir, thumbprint, transports, snapshot }: VddkInput, features: V2VFeatures): string[] {
  const values = { libdir, thumbprint, transports, snapshot };
  const isNew = features.words.includes("io/oo");
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : isNew ? ["-io", `vddk-${name}=${value}`] : [`--vddk-${name}`, value]
  );
}
