/**
 * The options that say what is made, and where: a part of the schema.
 *
 * @module
 */
import * as z from "zod";
import { DEFINING, flag, option, path, PIPELINE } from "../option.ts";

const NAME = /^[A-Za-z0-9_][A-Za-z0-9._+-]*$/;

/** The options, each with its metadata. */
export const outputOptions = {
  output: option(path().optional(), {
    group: "Output",
    help: "Folder for the disks, the libvirt definition and the report.",
    commands: ["convert", "plan", "fetch", "verify", "vsphere", "watch", "systemd", "live-fix"],
    short: "o",
    value: "DIR",
    completes: "folder",
    affects: "nothing",
    ofRun: true,
  }),
  name: option(z.string().regex(NAME, "letters, digits and . _ + -, not a dot or dash first").optional(), {
    group: "Output",
    help: "Name of the virtual machine and of its files (default: from the source).",
    commands: DEFINING,
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
  compress_level: option(z.number().int().min(1).max(19).optional(), {
    group: "Output",
    help: "With --compress: how hard, 1 to 9, for zstd to 19 (default: qemu's own).",
    commands: PIPELINE,
    value: "N",
  }),
  preallocate: option(z.enum(["metadata", "falloc", "full"]).optional(), {
    group: "Output",
    help: "Allocate the tables, the space, or space full of zeros, instead of sparse disks (qcow2, raw).",
    commands: PIPELINE,
  }),
  output_device: option(z.array(path()).default([]), {
    group: "Output",
    help: "Write the disk to this block device (--format raw); repeat it for the next disks.",
    commands: PIPELINE,
    value: "DEV",
    completes: "file",
  }),
  force: option(flag(), {
    group: "Output",
    help: "Replace files of an earlier run.",
    commands: [...PIPELINE, "vsphere"],
    short: "f",
    affects: "nothing",
  }),
  restart: option(flag(), {
    group: "Output",
    help: "Begin anew instead of going on where an earlier run of the same job stopped.",
    commands: ["convert", "sync"],
    affects: "nothing",
  }),
  checksum: option(flag(), {
    group: "Output",
    help: "Write the SHA-256 of the disks to NAME.sha256, for sha256sum --check.",
    commands: PIPELINE,
  }),
  report: option(path().optional(), {
    group: "Output",
    help: "Also write the report to this file: .html, .json or Markdown.",
    commands: ["convert"],
    value: "FILE",
    completes: "file",
    affects: "nothing",
    ofRun: true,
  }),
} as const;

/** Formats in which the preallocations of qemu-img exist. */
const PREALLOCATIONS: Readonly<Record<string, readonly string[]>> = {
  qcow2: ["metadata", "falloc", "full"],
  raw: ["falloc", "full"],
};

/** What of these options excludes each other: the key and the message. */
export function outputConflicts(
  job: {
    readonly format: string;
    readonly compress?: string | undefined;
    readonly compress_level?: number | undefined;
    readonly preallocate?: string | undefined;
    readonly output_device: readonly string[];
    readonly use_v2v: boolean;
    readonly post_v2v: boolean;
  },
): (readonly ["compress" | "compress_level" | "preallocate" | "output_device", string])[] {
  const { format, compress, compress_level: level, preallocate, output_device: devices } = job;
  const isV2v = job.use_v2v || job.post_v2v;
  const rules = [
    [
      compress !== undefined && format !== "qcow2",
      "compress",
      `--compress works with --format qcow2, not ${format}`,
    ],
    [level !== undefined && compress === undefined, "compress_level", "--compress-level needs --compress"],
    [level !== undefined && compress === "zlib" && level > 9, "compress_level", "zlib has levels 1 to 9"],
    [level !== undefined && isV2v, "compress_level", "--compress-level does not go with virt-v2v"],
    [
      preallocate !== undefined && PREALLOCATIONS[format]?.includes(preallocate) !== true,
      "preallocate",
      `--preallocate ${preallocate} does not exist for ${format}`,
    ],
    [
      preallocate !== undefined && compress !== undefined,
      "preallocate",
      "--preallocate and --compress exclude each other",
    ],
    [preallocate !== undefined && isV2v, "preallocate", "--preallocate does not go with virt-v2v"],
    [
      devices.length > 0 && format !== "raw",
      "output_device",
      `--output-device needs --format raw, not ${format}`,
    ],
    [
      devices.length > 0 && preallocate !== undefined,
      "output_device",
      "--output-device and --preallocate exclude each other",
    ],
    [devices.length > 0 && isV2v, "output_device", "--output-device does not go with virt-v2v"],
  ] as const;
  return rules.flatMap(([isBroken, key, message]) => isBroken ? [[key, message] as const] : []);
}
