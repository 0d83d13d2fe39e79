/**
 * The options of virt-v2v as the converter: a part of the schema.
 *
 * @module
 */
import * as z from "zod";
import { flag, option, PIPELINE } from "../option.ts";

const group = "Converter" as const;
/** `vsphere export --mode v2v` runs it, too. */
const commands = [...PIPELINE, "vsphere"] as const;

/** The options, each with its metadata. */
export const converterOptions = {
  use_v2v: option(flag(), {
    group,
    help: "Let virt-v2v convert the guest instead of the built-in fixes.",
    commands: PIPELINE,
  }),
  post_v2v: option(flag(), {
    group,
    help: "Let virt-v2v convert the guest after the built-in fixes.",
    commands: PIPELINE,
  }),
  v2v_input: option(z.enum(["overlay", "own"]).default("overlay"), {
    group,
    help: "With --use-v2v: read the disks as we find them, or let virt-v2v read the OVA, VMX or libvirt XML.",
    commands: PIPELINE,
  }),
  v2v_arg: option(z.array(z.string()).default([]), {
    group,
    help: "Pass one more argument on to virt-v2v (--v2v-arg=--root=first); may be repeated.",
    commands,
    value: "ARG",
  }),
  v2v_concurrency: option(z.number().int().min(1).max(64).optional(), {
    group,
    help: "Machines that virt-v2v converts at the same time (default: what CPUs and memory allow).",
    commands,
    value: "N",
    affects: "nothing",
    ofRun: true,
  }),
  v2v_timeout: option(z.number().int().min(1).max(604_800).optional(), {
    group,
    help: "How long virt-v2v may take for a machine (default: as long as it wants).",
    commands,
    value: "SECONDS",
    affects: "nothing",
  }),
  retries: option(z.number().int().min(0).max(20).default(2), {
    group,
    help: "How often virt-v2v is started again after a lock, the network or its appliance failed.",
    commands,
    value: "N",
    affects: "nothing",
  }),
} as const;

/** The options of this part that exclude or need each other. */
interface ConverterJob {
  readonly use_v2v: boolean;
  readonly post_v2v: boolean;
  readonly v2v_input: "overlay" | "own";
  readonly v2v_arg: readonly string[];
  readonly mode: string;
}

/** What does not go together: the key and the message. */
export function converterConflicts(job: ConverterJob): ["post_v2v" | "v2v_input" | "v2v_arg", string][] {
  const runs = job.use_v2v || job.post_v2v || job.mode === "v2v";
  return [
    ...(job.use_v2v && job.post_v2v
      ? [["post_v2v", "--post-v2v and --use-v2v exclude each other"] as const]
      : []),
    ...(job.v2v_input === "own" && !job.use_v2v
      ? [["v2v_input", "--v2v-input own needs --use-v2v"] as const]
      : []),
    ...(job.v2v_arg.length > 0 && !runs
      ? [["v2v_arg", "--v2v-arg needs --use-v2v or --post-v2v"] as const]
      : []),
  ].map(([key, message]) => [key, message]);
}
