/**
 * The options that say how the run goes: a part of the schema.
 *
 * @module
 */
import * as z from "zod";
import { SIZE } from "../size_text.ts";
import { ALL, flag, option, path, PIPELINE, PROVING } from "../option.ts";

/** The options, each with its metadata. */
export const runOptions = {
  boot_proof: option(z.boolean().default(true), {
    group: "Boot proof",
    help: "Do not boot the result to show that it works.",
    commands: PROVING,
    negated: true,
    affects: "machine",
  }),
  boot_timeout: option(z.number().int().min(1).max(86_400).optional(), {
    group: "Boot proof",
    help: "How long the guest may take to boot (default: by the accelerator).",
    commands: PROVING,
    value: "SECONDS",
    affects: "nothing",
  }),

  dry_run: option(flag(), {
    group: "Run",
    help: "Show what would be done; the same as plan.",
    commands: ["convert", "live-fix"],
    affects: "nothing",
    ofRun: true,
  }),
  plan_depth: option(z.enum(["auto", "host", "guest"]).default("auto"), {
    group: "Run",
    help: "How far a plan looks: at disks and host, or into the guests, too (auto: of up to 10 machines).",
    commands: PIPELINE,
    affects: "nothing",
    ofRun: true,
  }),
  work_dir: option(path().optional(), {
    group: "Run",
    help: "Folder for temporary files (default: in the output folder).",
    commands: ["convert", "plan", "inspect", "verify"],
    value: "DIR",
    completes: "folder",
    affects: "nothing",
    ofRun: true,
  }),
  workers: option(z.number().int().min(1).max(1024).optional(), {
    group: "Run",
    help: "Processors that copies, hashes, appliances and boots share (default: all).",
    commands: [...PIPELINE, "watch"],
    value: "N",
    affects: "nothing",
    ofRun: true,
  }),
  max_appliances: option(z.number().int().min(1).max(64).optional(), {
    group: "Run",
    help: "Guests that are opened or booted at the same time (default: by processors and free memory).",
    commands: [...PIPELINE, "watch"],
    value: "N",
    affects: "nothing",
    ofRun: true,
  }),
  bandwidth: option(z.string().regex(SIZE, "a size such as 200M").optional(), {
    group: "Run",
    help: "Bytes a second that all copies together may write, such as 200M (default: no limit).",
    commands: [...PIPELINE, "watch"],
    value: "SIZE",
    affects: "nothing",
    ofRun: true,
  }),
  max_vms: option(z.number().int().min(1).max(64).optional(), {
    group: "Run",
    help: "Machines of a batch that are worked on at the same time (default: one a processor).",
    commands: [...PIPELINE, "watch"],
    value: "N",
    affects: "nothing",
    ofRun: true,
  }),
  metrics_file: option(path().optional(), {
    group: "Run",
    help: "Write the numbers of the run to this file, in Prometheus text format.",
    commands: ["convert", "watch"],
    value: "FILE",
    completes: "file",
    affects: "nothing",
    ofRun: true,
  }),
  json: option(flag(), {
    group: "Run",
    help: "Print the result as JSON on standard output.",
    commands: ALL,
    affects: "nothing",
    ofRun: true,
  }),
  progress: option(z.enum(["auto", "tty", "plain", "json"]).default("auto"), {
    group: "Run",
    help: "How progress is shown on standard error.",
    commands: [...PROVING, "define", "vsphere", "watch", "live-fix"],
    affects: "nothing",
    ofRun: true,
  }),
  verbose: option(flag(), {
    group: "Run",
    help: "Log every step.",
    commands: ALL,
    short: "v",
    affects: "nothing",
    ofRun: true,
  }),
  quiet: option(flag(), {
    group: "Run",
    help: "Show no progress; log errors only.",
    commands: ALL,
    short: "q",
    affects: "nothing",
    ofRun: true,
  }),
  log_file: option(path().optional(), {
    group: "Run",
    help: "Also write the full log to this file.",
    commands: ALL,
    value: "FILE",
    completes: "file",
    affects: "nothing",
    ofRun: true,
  }),
  color: option(z.boolean().default(true), {
    group: "Run",
    help: "Print no colours (so does NO_COLOR).",
    commands: ALL,
    negated: true,
    affects: "nothing",
    ofRun: true,
  }),
  debug: option(flag(), {
    group: "Run",
    help: "Print the stack of an error.",
    commands: ALL,
    affects: "nothing",
    ofRun: true,
  }),
} as const;
