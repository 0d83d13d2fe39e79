/**
 * The options that say what the machine on KVM is, and where libvirt defines it: a part of the schema.
 *
 * @module
 */
import * as z from "zod";
import { ATTACHMENT } from "../../libvirt/attachments.ts";
import { isUri } from "../../libvirt/uri.ts";
import { DEFINING, flag, MACHINE, option, path } from "../option.ts";

/** The options, each with its metadata. */
export const libvirtOptions = {
  define: option(flag(), {
    group: "libvirt",
    help: "Define the virtual machine in libvirt when all else is done.",
    commands: ["convert", "plan"],
    affects: "machine",
  }),
  uri: option(z.string().refine(isUri, "a libvirt URI such as qemu:///system").optional(), {
    group: "libvirt",
    help: "The libvirt to define it in (default: qemu:///system); one on this host also runs the boot proof.",
    commands: MACHINE,
    value: "URI",
    affects: "machine",
  }),
  uri_auth: option(path().optional(), {
    group: "libvirt",
    help: "Name and password for --uri, in a file with sections as in libvirt's auth.conf.",
    commands: MACHINE,
    value: "FILE",
    completes: "file",
    affects: "nothing",
  }),
  pool: option(z.string().regex(/^[^/:]+(:\/.*)?$/, "NAME, or NAME:/FOLDER for a new one").optional(), {
    group: "libvirt",
    help: "Put the disks into this storage pool; NAME:/FOLDER makes one if there is none.",
    commands: DEFINING,
    value: "NAME[:FOLDER]",
    affects: "machine",
  }),
  replace: option(flag(), {
    group: "libvirt",
    help: "Replace a machine of the same name, and its volumes in --pool.",
    commands: DEFINING,
    affects: "machine",
  }),
  keep_uuid: option(flag(), {
    group: "libvirt",
    help: "Give the machine the UUID that it had.",
    commands: DEFINING,
    affects: "machine",
  }),
  autostart: option(flag(), {
    group: "libvirt",
    help: "Start the machine with its host.",
    commands: DEFINING,
    affects: "machine",
  }),
  keep_domain: option(flag(), {
    group: "libvirt",
    help:
      "Define the machine also when it was not shown to boot, to look into it; verify keeps that of the proof, on " +
      "overlays.",
    commands: ["convert", "plan", "verify"],
    affects: "machine",
  }),
  undefine_on_failure: option(flag(), {
    group: "libvirt",
    help: "When it is not shown to boot, remove what an earlier run has defined of these disks.",
    commands: ["convert", "plan"],
    affects: "machine",
  }),
  vcpus: option(z.number().int().min(1).max(1024).optional(), {
    group: "Machine",
    help: "Number of virtual CPUs (default: as in the source).",
    commands: MACHINE,
    value: "N",
    affects: "machine",
  }),
  memory: option(z.number().int().min(16).max(64 * 1024 ** 2).optional(), {
    group: "Machine",
    help: "Memory (default: as in the source).",
    commands: MACHINE,
    value: "MIB",
    affects: "machine",
  }),
  cpu_model: option(
    z.string().regex(/^[\w.-]+$/, "a model such as host-model or Skylake-Server").optional(),
    {
      group: "Machine",
      help: "Processor: host-model (default), host-passthrough, or a model that libvirt knows.",
      commands: DEFINING,
      value: "MODEL",
      affects: "machine",
    },
  ),
  uefi: option(flag(), {
    group: "Machine",
    help: "UEFI firmware without Secure Boot, whatever the source says.",
    commands: MACHINE,
    affects: "machine",
  }),
  bios: option(flag(), {
    group: "Machine",
    help: "BIOS firmware, whatever the source says.",
    commands: MACHINE,
    affects: "machine",
  }),
  disk_bus: option(z.enum(["virtio", "scsi"]).optional(), {
    group: "Machine",
    help: "Disks on virtio-blk, or on virtio-scsi (default: virtio, scsi for more than 20 disks).",
    commands: DEFINING,
    affects: "machine",
  }),
  network: option(z.array(z.string().regex(ATTACHMENT, "NAME, or SRC:NAME")).default([]), {
    group: "Machine",
    help:
      "libvirt's network for its cards (default: default), or SRC:NAME for those of the source's network or " +
      "MAC SRC; may be repeated.",
    commands: DEFINING,
    value: "[SRC:]NAME",
    affects: "machine",
  }),
  bridge: option(z.array(z.string().regex(ATTACHMENT, "NAME, or SRC:NAME")).default([]), {
    group: "Machine",
    help: "The same with a bridge of the host instead of a network.",
    commands: DEFINING,
    value: "[SRC:]NAME",
    affects: "machine",
  }),
  graphics: option(z.enum(["vnc", "none"]).default("vnc"), {
    group: "Machine",
    help: "Screen of the machine.",
    commands: MACHINE,
    affects: "machine",
  }),
  headless: option(flag(), {
    group: "Machine",
    help: "No screen: the same as --graphics none.",
    commands: MACHINE,
    affects: "machine",
  }),
  win_stage: option(z.enum(["bootstrap", "final"]).default("bootstrap"), {
    group: "Machine",
    help: "Windows on devices that it has drivers for, or on virtio once those are installed.",
    commands: DEFINING,
    affects: "machine",
  }),
  driver_iso: option(path().optional(), {
    group: "Machine",
    help: "CD with drivers for Windows, such as virtio-win.iso.",
    commands: DEFINING,
    value: "FILE",
    completes: "file",
    affects: "machine",
  }),
  xml: option(path().optional(), {
    group: "Machine",
    help: "A libvirt definition that says what the machine around the image is.",
    commands: ["verify"],
    value: "FILE",
    completes: "file",
    affects: "machine",
  }),
} as const;

/** The options as they are read. */
type LibvirtJob = {
  readonly define: boolean;
  readonly replace: boolean;
  readonly autostart: boolean;
  readonly pool?: string | undefined;
  readonly keep_domain: boolean;
  readonly undefine_on_failure: boolean;
  readonly uefi: boolean;
  readonly bios: boolean;
};

/** What of these options excludes each other, or needs another one: the key and the message. */
export function libvirtConflicts(job: LibvirtJob): [keyof LibvirtJob, string][] {
  const found: [keyof LibvirtJob, string][] = [];
  if (job.uefi && job.bios) found.push(["uefi", "--uefi and --bios exclude each other"]);
  if (job.keep_domain && job.undefine_on_failure) {
    found.push(["keep_domain", "--keep-domain and --undefine-on-failure exclude each other"]);
  }
  if (job.define || job.keep_domain) return found;
  const keys = ["replace", "autostart", "pool", "undefine_on_failure"] as const;
  const idle = keys.filter((key) => job[key] !== undefined && job[key] !== false);
  return [
    ...found,
    ...idle.map((key): [typeof key, string] => [key, `--${key.replaceAll("_", "-")} needs --define`]),
  ];
}
