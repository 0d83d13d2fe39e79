/**
 * The options of `hyper2kvm vsphere`: a part of the schema.
 *
 * @module
 */
import * as z from "zod";
import { MODE_NAMES, MODES } from "../../source/vsphere/modes/table.ts";
import { type OptionMeta, READING } from "../option.ts";

/** Adds the metadata of an option to its type; the schema's own function. */
export type Describe = <T extends z.ZodType>(schema: T, meta: OptionMeta) => T;

const ADDRESS = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/;

/** The options, each with its metadata. */
// deno-lint-ignore explicit-function-return-type explicit-module-boundary-types -- the type is the schema itself
export function vsphereOptions(option: Describe) {
  const own = ["vsphere"] as const;
  const commands = [...own, ...READING] as const;
  const group = "vSphere" as const;
  const file = { group, commands, value: "FILE", completes: "file" } as const;
  return {
    vcenter: option(z.string().regex(ADDRESS, "HOST or HOST:PORT").optional(), {
      group,
      help: "The vCenter or ESXi host.",
      commands: own,
      value: "HOST[:PORT]",
    }),
    user: option(z.string().min(1).optional(), {
      group,
      help: "User to log in as, such as administrator@vsphere.local.",
      commands,
      value: "USER",
    }),
    password_file: option(z.string().min(1, "a path").optional(), {
      ...file,
      help: "File whose first line is the password.",
    }),
    password_env: option(z.string().min(1).optional(), {
      group,
      help: "Environment variable that holds the password.",
      commands,
      value: "NAME",
    }),
    ca: option(z.string().min(1, "a path").optional(), {
      ...file,
      help: "Trust servers whose certificate these authorities have signed (PEM).",
    }),
    thumbprint: option(z.string().min(1).optional(), {
      group,
      help: "Trust the server whose certificate has this SHA-256 or SHA-1, and no other.",
      commands,
      value: "HEX",
    }),
    insecure: option(z.boolean().default(false), { group, help: "Trust any server.", commands }),
    mode: option(z.enum(["auto", ...MODE_NAMES]).default("auto"), {
      group,
      help: `How disks leave the server: ${
        MODE_NAMES.map((name) => `${name} (${MODES[name].title})`).join(", ")
      }.`,
      commands: own,
      value: "MODE",
    }),
    shutdown: option(z.enum(["none", "guest", "hard"]).default("none"), {
      group,
      help: "Shut a VM down that is on: by its guest, hard, or not: then a snapshot of it is exported.",
      commands: own,
    }),
    shutdown_timeout: option(z.number().int().min(1).max(86_400).default(300), {
      group,
      help: "How long --shutdown guest waits (default: 300).",
      commands: own,
      value: "S",
    }),
    power_on_source: option(z.boolean().default(false), {
      group,
      help: "After a failure, power the VM on again that --shutdown or cutover has shut down.",
      commands: own,
    }),
    linked: option(z.boolean().default(false), {
      group,
      help: "With cutover: the disks stand on the synced copy instead of being copied from it.",
      commands: own,
    }),
    quiesce: option(z.boolean().default(false), {
      group,
      help: "Let VMware Tools bring the filesystems to rest before a snapshot.",
      commands: own,
    }),
    include: option(z.array(z.string()).default([]), {
      group,
      help: "With --mode download-only: take only files that fit this glob; may be repeated.",
      commands: own,
      value: "GLOB",
    }),
    exclude: option(z.array(z.string()).default([]), {
      group,
      help: "With --mode download-only: leave out files that fit this glob; may be repeated.",
      commands: own,
      value: "GLOB",
    }),
    max_files: option(z.number().int().min(1).max(100_000).default(500), {
      group,
      help: "With --mode download-only: most files of one VM (default: 500).",
      commands: own,
      value: "N",
    }),
    vms_per_host: option(z.number().int().min(1).max(64).default(4), {
      group,
      help: "VMs of one ESXi host that are exported at the same time (default: 4).",
      commands: own,
      value: "N",
    }),
    v2v_transport: option(z.enum(["https", "vddk", "ssh"]).optional(), {
      group,
      help: "With --mode v2v: how virt-v2v reads the disks (default: https, or vddk with --vddk-libdir).",
      commands,
    }),
    vddk_libdir: option(z.string().min(1, "a path").optional(), {
      group,
      help: "Folder of VMware's VDDK library, for --mode vddk and v2v.",
      commands,
      value: "DIR",
      completes: "folder",
    }),
    vddk_transports: option(z.string().regex(/^[a-z:]+$/, "such as nbdssl:nbd").optional(), {
      group,
      help: "The library's ways to the data, the best first (nbdssl:nbd).",
      commands,
      value: "LIST",
    }),
    ovftool_arg: option(z.array(z.string()).default([]), {
      group,
      help: "With --mode ovftool: pass one more argument on; may be repeated.",
      commands,
      value: "ARG",
    }),
    ova: option(z.string().min(1, "a path").optional(), {
      ...file,
      help: "The OVA or OVF that deploy sends.",
    }),
    deploy_to: option(z.string().startsWith("/", "an inventory path").optional(), {
      group,
      help: "Where deploy makes the VM: a host, cluster or resource pool (/DC0/host/cluster).",
      commands,
      value: "PATH",
    }),
    deploy_datastore: option(z.string().min(1).optional(), {
      group,
      help: "The datastore of the VM that deploy makes.",
      commands,
      value: "NAME",
    }),
    streams: option(z.number().int().min(1).max(16).optional(), {
      group,
      help: "Connections at the same time for each disk (default: from 1 to 8, as it gets faster).",
      commands,
      value: "COUNT",
    }),
  };
}

/** What of a job these options go with, or do not. */
type VsphereJob = { readonly ca?: unknown; readonly thumbprint?: unknown; readonly insecure: boolean } & {
  readonly password_file?: unknown;
  readonly password_env?: unknown;
  readonly linked: boolean;
  readonly format: string;
} & { readonly [key in typeof UNLINKED[number]]?: unknown };

/** What makes other disks than those that stand on another one, or hashes or moves what is only a part. */
const UNLINKED = [
  ...["compress", "preallocate", "output_device", "checksum"] as const,
  ...["pool", "use_v2v", "post_v2v", "converter"] as const,
] as const;

/** What of these options excludes each other: the key and the message. */
export function vsphereConflicts(
  job: VsphereJob,
): (readonly ["thumbprint" | "password_env" | "linked", string])[] {
  const trusts = [job.ca !== undefined, job.thumbprint !== undefined, job.insecure].filter((one) => one);
  const passwords = job.password_file !== undefined && job.password_env !== undefined;
  return [
    ...(trusts.length > 1
      ? [["thumbprint", "--ca, --thumbprint and --insecure exclude each other"] as const]
      : []),
    ...(passwords
      ? [["password_env", "--password-file and --password-env exclude each other"] as const]
      : []),
    ...linkedConflicts(job),
  ];
}

function linkedConflicts(job: VsphereJob): (readonly ["linked", string])[] {
  if (!job.linked) return [];
  const isGiven = (value: unknown): boolean =>
    value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
  const others = UNLINKED.filter((key) => isGiven(job[key])).map((key) => `--${key.replaceAll("_", "-")}`);
  if (job.format !== "qcow2") others.unshift(`--format ${job.format}`);
  return others.map((other) => ["linked", `--linked does not go with ${other}`] as const);
}
