/**
 * The command line and the environment of virt-v2v (virt-v2v(1)), as pure functions.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import type { DiskFormat } from "../model/disk.ts";
import type { Accelerator } from "../run/context.ts";
import type { NicAttachment } from "../libvirt/target_machine.ts";
import { WORK_FOLDER_VARIABLE } from "../run/leftover_processes.ts";
import { isAtLeast, type V2VFeatures } from "./features.ts";
import { inputArgs, type V2VInput } from "./input.ts";

/** One run of virt-v2v: one virtual machine with all its disks. */
export interface V2VJob {
  /** What it reads. */
  readonly input: V2VInput;
  /** Folder for the disks and the XML that virt-v2v writes. */
  readonly outputDir: string;
  /** Name of the machine, and what the names of its files begin with. */
  readonly name: string;
  /** Format of the disks. */
  readonly format: DiskFormat;
  /** Whether qcow2 clusters are compressed. */
  readonly compress?: "zlib" | "zstd" | undefined;
  /** File that receives progress and messages. */
  readonly messagesFile: string;
  /** `--key` arguments. */
  readonly keyArgs?: readonly string[];
  /** The root filesystem, where the disks hold several systems. */
  readonly root?: string | undefined;
  /** What the cards are plugged into, each by its address. */
  readonly nics?: readonly { readonly mac: string; readonly attachment: NicAttachment }[];
  /** Disks that are copied at the same time. */
  readonly parallel?: number;
  /** More arguments of the user. */
  readonly extraArgs: readonly string[];
}

/**
 * Arguments of virt-v2v.
 *
 * @throws {MigrateError} `usage/bad-value` for a format or compression that virt-v2v does not write; `tool/missing`
 * when it is too old for the input
 */
export function v2vArgs(job: V2VJob, features: V2VFeatures): string[] {
  if (job.format !== "qcow2" && job.format !== "raw") {
    throw unsupported(`${job.format} disks`, "Use --format qcow2 or raw.");
  }
  if (job.compress === "zstd") throw unsupported("zstd compression", "Use --compress zlib.");
  return [
    `--machine-readable=file:${job.messagesFile}`,
    ...["-o", "local", "-os", job.outputDir, "-of", job.format, "-oa", "sparse", "-on", job.name],
    ...(job.compress === undefined ? [] : compressArgs(features)),
    ...(job.root === undefined ? [] : ["--root", job.root]),
    ...nicArgs(job.nics ?? [], features),
    ...parallelArgs(job.parallel ?? 1, features),
    ...(job.keyArgs ?? []),
    ...job.extraArgs,
    ...inputArgs(job.input, features),
  ];
}

/** `--compressed` became an output option with 2.2. */
function compressArgs(features: V2VFeatures): string[] {
  return isAtLeast(features, 2, 2) ? ["-oo", "compressed"] : ["--compressed"];
}

/** `--mac` tells cards apart; before it, one network or bridge was for all of them. */
function nicArgs(nics: NonNullable<V2VJob["nics"]>, features: V2VFeatures): string[] {
  if (features.words.includes("mac-option")) {
    return nics.flatMap(({ mac, attachment }) => ["--mac", `${mac}:${attachment.kind}:${attachment.name}`]);
  }
  const places = new Map(nics.map(({ attachment }) => [attachment.kind, attachment.name]));
  return [...places].flatMap(([kind, name]) => [`--${kind}`, name]);
}

function parallelArgs(count: number, features: V2VFeatures): string[] {
  return count > 1 && features.words.includes("parallel-option") ? [`--parallel=${count}`] : [];
}

function unsupported(what: string, hint: string): MigrateError {
  return new MigrateError("usage/bad-value", `Cannot write ${what} with virt-v2v: it has no such output.`, {
    hint,
  });
}

/** Where libguestfs keeps its appliance when nothing else is said. */
const CACHE_DIR = "/var/tmp";

/**
 * Variables for virt-v2v. What the user has set for libguestfs stays.
 *
 * @param workDir Folder for its temporary overlays, which grow with what it changes
 * @param socketDir Folder for its sockets; a path of few bytes, see unix(7)
 */
export function v2vEnv(
  accelerator: Accelerator,
  workDir: string,
  socketDir: string,
  user: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const settings = accelerator === "tcg" ? { LIBGUESTFS_BACKEND_SETTINGS: "force_tcg" } : {};
  const defaults: Record<string, string> = {
    LIBGUESTFS_BACKEND: "direct",
    ...settings,
    // Without this the appliance would be built again in TMPDIR, on every run.
    LIBGUESTFS_CACHEDIR: user["TMPDIR"] ?? CACHE_DIR,
  };
  for (const name of Object.keys(defaults)) {
    const value = user[name];
    if (value !== undefined) defaults[name] = value;
  }
  // Messages are matched in English.
  return { ...defaults, TMPDIR: socketDir, [WORK_FOLDER_VARIABLE]: workDir, LC_ALL: "C.UTF-8" };
}
