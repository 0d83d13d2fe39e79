/**
 * What an option is beside the type of its value: its heading, its help, the commands that take it.
 *
 * @module
 */
import * as z from "zod";

/** The commands that take options of a job. */
export type JobCommand =
  | "convert"
  | "run"
  | "plan"
  | "inspect"
  | "fetch"
  | "verify"
  | "define"
  | "status"
  | "doctor"
  | "vsphere"
  | "sync"
  | "cutover"
  | "watch"
  | "sandbox"
  | "systemd"
  | "install"
  | "uninstall"
  | "live-fix";

/** Headings of `--help`, in order. */
export const OPTION_GROUPS = [
  "Input",
  "SSH",
  "vSphere",
  "Output",
  "Guest",
  "Boot proof",
  "Machine",
  "libvirt",
  "Converter",
  "Hooks",
  "Plugins",
  "Watch",
  "Service",
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
  /** Flag without dashes, where it is not the key: that of a list may be singular. */
  readonly flag?: string;
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
  /** In a job file, a relative path starts at the folder of that file. */
  readonly fromJobFile?: true;
  /**
   * What comes out otherwise when the value does: the disks (default), only the machine around them and its boot
   * proof, or nothing. A run that is gone on with keeps what is not affected.
   */
  readonly affects?: "disks" | "machine" | "nothing";
  /** It belongs to the run: in a batch it comes from what the machines share, not from theirs. */
  readonly ofRun?: true;
  /** It names code that runs on this host: a file that arrives in a watched folder may not set it. */
  readonly runsCode?: true;
}

/** Metadata of every option of the job schema. */
export const optionMeta: z.core.$ZodRegistry<OptionMeta> = z.registry<OptionMeta>();

/** Every command with options. */
export const ALL = [
  "convert",
  "plan",
  "inspect",
  "fetch",
  "verify",
  "define",
  "status",
  "doctor",
  "vsphere",
  "watch",
  "systemd",
  "install",
  "uninstall",
  "live-fix",
] as const;
/** Commands that read a source. */
export const READING = ["convert", "plan", "inspect"] as const;
/** Commands that read a source on another host. */
export const REMOTE = ["convert", "plan", "inspect", "fetch"] as const;
/** Commands that log in over SSH. */
export const OVER_SSH = [...REMOTE, "live-fix"] as const;
/** Commands that run the pipeline. */
export const PIPELINE = ["convert", "plan"] as const;
/** Commands that change a guest. */
export const FIXING = [...PIPELINE, "live-fix"] as const;
/** Commands that boot the result. */
export const PROVING = ["convert", "plan", "verify"] as const;

/** Commands that write a definition. */
export const DEFINING = ["convert", "plan", "define"] as const;
/** Commands that run or define a machine. */
export const MACHINE = ["convert", "plan", "define", "verify"] as const;

/** Adds the metadata of an option to its type. */
export function option<T extends z.ZodType>(schema: T, meta: OptionMeta): T {
  optionMeta.add(schema, meta);
  return schema;
}

/** An option that is off unless it is given. */
export const flag = (): z.ZodDefault<z.ZodBoolean> => z.boolean().default(false);
/** The path of a file or folder. */
export const path = (): z.ZodString => z.string().min(1, "a path");
