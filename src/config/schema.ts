/**
 * The options of a job: one zod schema from which flags, `--help`, environment variables, job files and
 * completions come. A key here is the key in a job file; `boot_timeout` is `--boot-timeout` as a flag and
 * `HYPER2KVM_BOOT_TIMEOUT` as a variable.
 *
 * @module
 */
import * as z from "zod";
import { vsphereConflicts, vsphereOptions } from "./vsphere_options.ts";
import { MAC, NIC_MAPPING } from "../guest/nic_choices.ts";
import { LUKS_KEY } from "../guest/luks_keys.ts";

/** The commands that take options of a job. */
export type JobCommand =
  | "convert"
  | "run"
  | "plan"
  | "inspect"
  | "fetch"
  | "verify"
  | "status"
  | "doctor"
  | "vsphere";

/** Headings of `--help`, in order. */
export const OPTION_GROUPS = [
  "Input",
  "SSH",
  "vSphere",
  "Output",
  "Guest",
  "Boot proof",
  "libvirt",
  "Converter",
  "Run",
] as const;

/** What a flag, its help and its completion need beside the type of the value. */
export interface OptionMeta {
  /** Heading in `--help`. */
  readonly group: (typeof OPTION_GROUPS)[number];
  /** One line for `--help`. */
  readonly help: string;
  /** Commands that take it. */
  readonly commands: readonly JobCommand[];
  /** One-letter flag. */
  readonly short?: string;
  /** Name of the value in `--help`; a choice shows its words instead. */
  readonly value?: string;
  /** What completes the value: a file or a folder. */
  readonly completes?: "file" | "folder";
  /** Given by position, not by a flag. */
  readonly positional?: true;
  /** On by default: the flag is `--no-NAME`. */
  readonly negated?: true;
  /** Must not appear in logs, reports or dumps. */
  readonly secret?: true;
  /** Only a flag: a job file or the environment cannot set it. */
  readonly flagOnly?: true;
}

/** Metadata of every option of {@linkcode jobSchema}. */
export const optionMeta: z.core.$ZodRegistry<OptionMeta> = z.registry<OptionMeta>();

const ALL = ["convert", "plan", "inspect", "fetch", "verify", "status", "doctor", "vsphere"] as const;
const READING = ["convert", "plan", "inspect"] as const;
const REMOTE = ["convert", "plan", "inspect", "fetch"] as const;
const PIPELINE = ["convert", "plan"] as const;
const PROVING = ["convert", "plan", "verify"] as const;

function option<T extends z.ZodType>(schema: T, meta: OptionMeta): T {
  optionMeta.add(schema, meta);
  return schema;
}

const flag = (): z.ZodDefault<z.ZodBoolean> => z.boolean().default(false);
const path = (): z.ZodString => z.string().min(1, "a path");
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._+-]*$/;

const shape = {
  source: option(z.array(path()).default([]), {
    group: "Input",
    help: "Disk images of one virtual machine, boot disk first.",
    commands: ["convert", "plan", "inspect", "fetch", "verify", "status"],
    value: "SOURCE",
    completes: "file",
    positional: true,
  }),
  kind: option(z.string().optional(), {
    group: "Input",
    help: "Read the source as this kind instead of looking at its content.",
    commands: ["convert", "plan", "inspect"],
    value: "KIND",
  }),
  config: option(z.array(path()).default([]), {
    group: "Input",
    help: "Read options from a YAML or JSON file; repeat it and later files win.",
    commands: ["convert", "plan", "inspect", "fetch", "verify", "vsphere"],
    value: "FILE",
    completes: "file",
    flagOnly: true,
  }),
  csv: option(path().optional(), {
    group: "Input",
    help: "Read the machines of a batch from a CSV file; its first line names the options.",
    commands: PIPELINE,
    value: "FILE",
    completes: "file",
    flagOnly: true,
  }),
  strict: option(flag(), {
    group: "Input",
    help: "Refuse a job file with keys that would only be warned of.",
    commands: PIPELINE,
  }),
  dump_config: option(flag(), {
    group: "Input",
    help: "Print the options as they were read, and where each comes from; do nothing.",
    commands: PIPELINE,
    flagOnly: true,
  }),
  member: option(z.string().min(1).optional(), {
    group: "Input",
    help: "The disk to take from an archive with several.",
    commands: READING,
    value: "NAME",
  }),
  vm: option(z.array(z.string().min(1)).default([]), {
    group: "Input",
    help: "The machine of an OVA or OVF; for vsphere names, ids, paths or globs.",
    commands: [...READING, "vsphere"],
    value: "NAME",
  }),
  verify_manifest: option(z.boolean().default(true), {
    group: "Input",
    help: "Do not compare an OVA or OVF with its manifest and certificate.",
    commands: READING,
    negated: true,
  }),
  max_members: option(z.number().int().min(1).default(10_000), {
    group: "Input",
    help: "Most members that an archive may have.",
    commands: READING,
    value: "COUNT",
  }),
  max_total_bytes: option(z.number().int().min(1).default(16 * 1024 ** 4), {
    group: "Input",
    help: "Most bytes that an archive may unpack to.",
    commands: READING,
    value: "BYTES",
  }),

  identity: option(path().optional(), {
    group: "SSH",
    help: "Private key for ssh:// sources (default: what ssh chooses).",
    commands: REMOTE,
    value: "FILE",
    completes: "file",
  }),
  port: option(z.number().int().min(1).max(65_535).optional(), {
    group: "SSH",
    help: "Port for ssh:// sources.",
    commands: REMOTE,
    value: "PORT",
  }),
  ssh_opt: option(z.array(z.string()).default([]), {
    group: "SSH",
    help: "One option as in ssh_config (--ssh-opt=ProxyJump=bastion); may be repeated.",
    commands: REMOTE,
    value: "OPTION",
  }),
  jobs: option(z.number().int().min(1).max(32).default(2), {
    group: "SSH",
    help: "How many files are downloaded at once.",
    commands: REMOTE,
    value: "COUNT",
  }),

  ...vsphereOptions(option),

  output: option(path().optional(), {
    group: "Output",
    help: "Folder for the disks, the libvirt definition and the report.",
    commands: ["convert", "plan", "fetch", "verify", "vsphere"],
    short: "o",
    value: "DIR",
    completes: "folder",
  }),
  name: option(z.string().regex(NAME, "letters, digits and . _ + -, not a dot or dash first").optional(), {
    group: "Output",
    help: "Name of the virtual machine and of its files (default: from the source).",
    commands: PIPELINE,
    value: "NAME",
  }),
  disk_name: option(
    z.string().regex(NAME, "letters, digits and . _ + -, not a dot or dash first").optional(),
    {
      group: "Output",
      help: "Name of the disks' files, where it is not that of the machine.",
      commands: PIPELINE,
      value: "NAME",
    },
  ),
  format: option(z.enum(["qcow2", "raw", "vdi", "vmdk"]).default("qcow2"), {
    group: "Output",
    help: "Format of the disks.",
    commands: PIPELINE,
  }),
  compress: option(z.enum(["zlib", "zstd"]).optional(), {
    group: "Output",
    help: "Compress the disks (qcow2 only).",
    commands: PIPELINE,
  }),
  force: option(flag(), {
    group: "Output",
    help: "Replace files of an earlier run.",
    commands: [...PIPELINE, "vsphere"],
    short: "f",
  }),
  restart: option(flag(), {
    group: "Output",
    help: "Begin anew instead of going on where an earlier run of the same job stopped.",
    commands: ["convert"],
  }),
  checksum: option(flag(), {
    group: "Output",
    help: "Write the SHA-256 of every disk to NAME.sha256.",
    commands: PIPELINE,
  }),
  report: option(path().optional(), {
    group: "Output",
    help: "Also write the report to this file: .html, .json or Markdown.",
    commands: ["convert"],
    value: "FILE",
    completes: "file",
  }),

  initramfs: option(z.enum(["augment", "rebuild", "off"]).default("augment"), {
    group: "Guest",
    help: "An initramfs without virtio drivers gets them added, or is rebuilt by the guest's own program.",
    commands: PIPELINE,
  }),
  skip_fix: option(z.array(z.string().min(1)).default([]), {
    group: "Guest",
    help: "Leave out one fix by its name, as the report gives it; may be repeated.",
    commands: PIPELINE,
    value: "FIX",
  }),
  network_policy: option(z.enum(["keep", "dhcp", "rename"]).default("keep"), {
    group: "Guest",
    help: "Keep names and addresses of network cards, take addresses from DHCP, or name cards anew.",
    commands: PIPELINE,
  }),
  mac: option(z.array(z.string().regex(MAC, "a MAC address")).default([]), {
    group: "Guest",
    help: "MAC address of the first network card; repeat it for the next ones.",
    commands: PIPELINE,
    value: "MAC",
  }),
  nic_map: option(z.array(z.string().regex(NIC_MAPPING, "NAME=MAC")).default([]), {
    group: "Guest",
    help: "The guest's interface NAME is the card with this MAC address; may be repeated.",
    commands: PIPELINE,
    value: "NAME=MAC",
  }),
  remove_vmware_tools: option(flag(), {
    group: "Guest",
    help: "Remove the tools of VMware, VirtualBox, Hyper-V or Parallels from the guest.",
    commands: PIPELINE,
  }),
  install_guest_agent: option(flag(), {
    group: "Guest",
    help: "Let the guest install qemu-guest-agent at its first boot.",
    commands: PIPELINE,
  }),
  reset_machine_id: option(flag(), {
    group: "Guest",
    help: "Let the guest make a new machine id at its first boot.",
    commands: PIPELINE,
  }),
  root: option(
    z.string().regex(/^(\/dev\/|UUID=|btrfsvol:\/dev\/)./, "a device, UUID=… or btrfsvol:DEVICE/SUBVOLUME")
      .optional(),
    {
      group: "Guest",
      help: "The root filesystem, where the disks hold several systems.",
      commands: PIPELINE,
      value: "DEV",
    },
  ),
  luks_key: option(
    z.array(z.string().regex(LUKS_KEY, "DEV=file:PATH, =env:VARIABLE or =keyfile:PATH")).default([]),
    {
      group: "Guest",
      help:
        "Open an encrypted volume (DEV or all); KEY is file:PATH, env:VARIABLE or keyfile:PATH; may be repeated.",
      commands: PIPELINE,
      value: "DEV=KEY",
      secret: true,
    },
  ),
  backup: option(z.boolean().default(true), {
    group: "Guest",
    help: "Leave no copies of edited files in the guest.",
    commands: PIPELINE,
    negated: true,
  }),

  boot_proof: option(z.boolean().default(true), {
    group: "Boot proof",
    help: "Do not boot the result to show that it works.",
    commands: PROVING,
    negated: true,
  }),
  boot_timeout: option(z.number().int().min(1).max(86_400).optional(), {
    group: "Boot proof",
    help: "How long the guest may take to boot (default: by the accelerator).",
    commands: PROVING,
    value: "SECONDS",
  }),

  define: option(flag(), {
    group: "libvirt",
    help: "Define the virtual machine in libvirt when all else is done.",
    commands: PIPELINE,
  }),
  uri: option(z.string().min(1).default("qemu:///system"), {
    group: "libvirt",
    help: "The libvirt to define it in.",
    commands: PIPELINE,
    value: "URI",
  }),
  cpus: option(z.number().int().min(1).max(1024).optional(), {
    group: "libvirt",
    help: "Number of CPUs (default: as in the source).",
    commands: PIPELINE,
    value: "N",
  }),
  memory: option(z.number().int().min(16).max(64 * 1024 ** 2).optional(), {
    group: "libvirt",
    help: "Memory (default: as in the source).",
    commands: PIPELINE,
    value: "MIB",
  }),
  graphics: option(z.enum(["vnc", "none"]).default("vnc"), {
    group: "libvirt",
    help: "Screen of the machine.",
    commands: PIPELINE,
  }),
  network: option(z.string().min(1).default("default"), {
    group: "libvirt",
    help: "The libvirt network that its cards are on.",
    commands: PIPELINE,
    value: "NAME",
  }),
  replace: option(flag(), {
    group: "libvirt",
    help: "With --define: replace a machine of the same name.",
    commands: PIPELINE,
  }),

  use_v2v: option(flag(), {
    group: "Converter",
    help: "Let virt-v2v convert the guest.",
    commands: PIPELINE,
  }),
  v2v_arg: option(z.array(z.string()).default([]), {
    group: "Converter",
    help: "With --use-v2v: pass one more argument on (--v2v-arg=--root=first); may be repeated.",
    commands: PIPELINE,
    value: "ARG",
  }),

  dry_run: option(flag(), {
    group: "Run",
    help: "Show what would be done; the same as plan.",
    commands: ["convert"],
  }),
  work_dir: option(path().optional(), {
    group: "Run",
    help: "Folder for temporary files (default: in the output folder).",
    commands: ["convert", "plan", "inspect", "verify"],
    value: "DIR",
    completes: "folder",
  }),
  max_vms: option(z.number().int().min(1).max(64).default(1), {
    group: "Run",
    help: "Machines of a batch that are worked on at the same time.",
    commands: PIPELINE,
    value: "N",
  }),
  metrics_file: option(path().optional(), {
    group: "Run",
    help: "Write the numbers of the run to this file, in Prometheus text format.",
    commands: ["convert"],
    value: "FILE",
    completes: "file",
  }),
  json: option(flag(), { group: "Run", help: "Print the result as JSON on standard output.", commands: ALL }),
  progress: option(z.enum(["auto", "tty", "plain", "json"]).default("auto"), {
    group: "Run",
    help: "How progress is shown on standard error.",
    commands: [...PROVING, "vsphere"],
  }),
  verbose: option(flag(), { group: "Run", help: "Log every step.", commands: ALL, short: "v" }),
  quiet: option(flag(), {
    group: "Run",
    help: "Show no progress; log errors only.",
    commands: ALL,
    short: "q",
  }),
  log_file: option(path().optional(), {
    group: "Run",
    help: "Also write the full log to this file.",
    commands: ALL,
    value: "FILE",
    completes: "file",
  }),
  color: option(z.boolean().default(true), {
    group: "Run",
    help: "Print no colours (so does NO_COLOR).",
    commands: ALL,
    negated: true,
  }),
  debug: option(flag(), { group: "Run", help: "Print the stack of an error.", commands: ALL }),
} as const;

/** Every option, with defaults. */
export const jobSchema = z.strictObject(shape).superRefine((job, context) => {
  const reject = (key: keyof typeof shape, message: string): void =>
    context.addIssue({ code: "custom", path: [key], message, params: { conflict: true } });
  if (job.compress !== undefined && job.format !== "qcow2") {
    reject("compress", `--compress works with --format qcow2, not ${job.format}`);
  }
  if (job.replace && !job.define) reject("replace", "--replace needs --define");
  if (job.v2v_arg.length > 0 && !job.use_v2v) reject("v2v_arg", "--v2v-arg needs --use-v2v");
  for (const [key, message] of vsphereConflicts(job)) reject(key, message);
  if (job.quiet && job.verbose) reject("quiet", "--quiet and --verbose exclude each other");
});

/**
 * The options of one run, defaults filled in. Paths are as the user gave them; times in seconds. What each
 * means is in the schema alone, which is why documentation tools are asked to pass over the members.
 *
 * @internal
 */
export type Job = (typeof jobSchema)["_zod"]["output"];

/** Keys of a {@linkcode Job}. */
export type JobKey = keyof Job & string;
