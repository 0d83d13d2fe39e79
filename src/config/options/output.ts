/**
 * The options that say what is made, and where: a part of the schema.
 *
 * @module
 */
import * as z from "zod";
import { flag, option, path, PIPELINE } from "../option.ts";

const NAME = /^[A-Za-z0-9_][A-Za-z0-9._+-]*$/;

/** The options, each with its metadata. */
export const outputOptions = {
  output: option(path().optional(), {
    group: "Output",
    help: "Folder for the disks, the libvirt definition and the report.",
    commands: ["convert", "plan", "fetch", "verify", "vsphere"],
    short: "o",
    value: "DIR",
    completes: "folder",
    affects: "nothing",
    ofRun: true,
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
    affects: "nothing",
  }),
  restart: option(flag(), {
    group: "Output",
    help: "Begin anew instead of going on where an earlier run of the same job stopped.",
    commands: ["convert"],
    affects: "nothing",
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
    affects: "nothing",
    ofRun: true,
  }),

  define: option(flag(), {
    group: "libvirt",
    help: "Define the virtual machine in libvirt when all else is done.",
    commands: PIPELINE,
    affects: "machine",
  }),
  uri: option(z.string().min(1).default("qemu:///system"), {
    group: "libvirt",
    help: "The libvirt to define it in.",
    commands: PIPELINE,
    value: "URI",
    affects: "machine",
  }),
  cpus: option(z.number().int().min(1).max(1024).optional(), {
    group: "libvirt",
    help: "Number of CPUs (default: as in the source).",
    commands: PIPELINE,
    value: "N",
    affects: "machine",
  }),
  memory: option(z.number().int().min(16).max(64 * 1024 ** 2).optional(), {
    group: "libvirt",
    help: "Memory (default: as in the source).",
    commands: PIPELINE,
    value: "MIB",
    affects: "machine",
  }),
  graphics: option(z.enum(["vnc", "none"]).default("vnc"), {
    group: "libvirt",
    help: "Screen of the machine.",
    commands: PIPELINE,
    affects: "machine",
  }),
  network: option(z.string().min(1).default("default"), {
    group: "libvirt",
    help: "The libvirt network that its cards are on.",
    commands: PIPELINE,
    value: "NAME",
    affects: "machine",
  }),
  replace: option(flag(), {
    group: "libvirt",
    help: "With --define: replace a machine of the same name.",
    commands: PIPELINE,
    affects: "machine",
  }),
} as const;
