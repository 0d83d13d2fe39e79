/**
 * The options that say where the machine comes from: a part of the schema.
 *
 * @module
 */
import * as z from "zod";
import { FIXING, flag, option, OVER_SSH, path, PIPELINE, READING, REMOTE } from "../option.ts";

/** The options, each with its metadata. */
export const inputOptions = {
  source: option(z.array(path()).default([]), {
    group: "Input",
    help: "Disk images of one virtual machine, boot disk first.",
    commands: [
      "convert",
      "plan",
      "inspect",
      "fetch",
      "verify",
      "define",
      "status",
      "watch",
      "systemd",
      "live-fix",
    ],
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
    commands: ["convert", "plan", "inspect", "fetch", "verify", "vsphere", "live-fix"],
    value: "FILE",
    completes: "file",
    flagOnly: true,
    affects: "nothing",
  }),
  csv: option(path().optional(), {
    group: "Input",
    help: "Read the machines of a batch from a CSV file; its first line names the options.",
    commands: PIPELINE,
    value: "FILE",
    completes: "file",
    flagOnly: true,
    affects: "nothing",
  }),
  strict: option(flag(), {
    group: "Input",
    help: "Refuse a job file with keys that would only be warned of.",
    commands: FIXING,
    affects: "nothing",
    ofRun: true,
  }),
  dump_config: option(flag(), {
    group: "Input",
    help: "Print the options as they were read, and where each comes from; do nothing.",
    commands: FIXING,
    flagOnly: true,
    affects: "nothing",
    ofRun: true,
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
    help: "Private key for SSH (default: what ssh chooses).",
    commands: OVER_SSH,
    value: "FILE",
    completes: "file",
  }),
  port: option(z.number().int().min(1).max(65_535).optional(), {
    group: "SSH",
    help: "Port for SSH.",
    commands: OVER_SSH,
    value: "PORT",
  }),
  ssh_opt: option(z.array(z.string()).default([]), {
    group: "SSH",
    help: "One option as in ssh_config (--ssh-opt=ProxyJump=bastion); may be repeated.",
    commands: OVER_SSH,
    value: "OPTION",
  }),
  stream: option(flag(), {
    group: "SSH",
    help: "Read ssh:// sources in place instead of downloading them; needs nbdkit.",
    commands: READING,
  }),
  jobs: option(z.number().int().min(1).max(32).default(2), {
    group: "SSH",
    help: "How many files are downloaded at once.",
    commands: REMOTE,
    value: "COUNT",
    affects: "nothing",
  }),
} as const;
