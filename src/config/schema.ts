/**
 * The options of a job: one zod schema from which flags, `--help`, environment variables, job files and
 * completions come. A key here is the key in a job file; `boot_timeout` is `--boot-timeout` as a flag and
 * `HYPER2KVM_BOOT_TIMEOUT` as a variable.
 *
 * @module
 */
import * as z from "zod";

/** The commands that take options of a job. */
export type JobCommand = "convert" | "plan" | "inspect" | "verify" | "doctor";

/** Headings of `--help`, in order. */
export const OPTION_GROUPS = [
  "Input",
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

const ALL = ["convert", "plan", "inspect", "verify", "doctor"] as const;
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
    commands: ["convert", "plan", "inspect", "verify"],
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
    commands: ["convert", "plan", "inspect", "verify"],
    value: "FILE",
    completes: "file",
    flagOnly: true,
  }),

  output: option(path().optional(), {
    group: "Output",
    help: "Folder for the disks, the libvirt definition and the report.",
    commands: ["convert", "plan", "verify"],
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
    commands: PIPELINE,
    short: "f",
  }),

  initramfs: option(z.enum(["augment", "off"]).default("augment"), {
    group: "Guest",
    help: "How an initramfs without virtio drivers gets them.",
    commands: PIPELINE,
  }),
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
    commands: ["convert", "plan", "verify"],
    value: "DIR",
    completes: "folder",
  }),
  json: option(flag(), { group: "Run", help: "Print the result as JSON on standard output.", commands: ALL }),
  progress: option(z.enum(["auto", "tty", "plain", "json"]).default("auto"), {
    group: "Run",
    help: "How progress is shown on standard error.",
    commands: PROVING,
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
