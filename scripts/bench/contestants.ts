/**
 * The commands that the bench compares.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import type { Accelerator } from "../../src/run/context.ts";

/** One command of the bench. */
export interface Contestant {
  /** Its name for `--only` and in the table. */
  readonly name: string;
  /** What it does, one phrase. */
  readonly title: string;
  /** The command for a disk and an empty output folder. */
  command(vmdk: string, output: string, accelerator: Accelerator): readonly string[];
}

/** Where virt-v2v writes its messages, with the time of each. */
export const V2V_MESSAGES = "virt-v2v-messages.json";

const path = (relative: string): string => fromFileUrl(new URL(relative, import.meta.url));

/** In the order in which they run. */
export const CONTESTANTS: readonly Contestant[] = [
  {
    name: "launch",
    title: "bare start and stop of the libguestfs appliance on the disk",
    command: (vmdk, output, accelerator) => [
      ...[Deno.execPath(), "run", "-A", path("./bare_launch.ts")],
      ...[vmdk, output, accelerator],
    ],
  },
  {
    name: "qemu-img",
    title: "qemu-img convert -m 16 -W, nothing fixed",
    command: (vmdk, output) => [
      ...["qemu-img", "convert", "-m", "16", "-W", "-O", "qcow2"],
      ...[vmdk, join(output, "guest.qcow2")],
    ],
  },
  {
    name: "ours",
    title: "hyper2kvm convert --no-boot-proof",
    command: (vmdk, output) => [
      ...[Deno.execPath(), "run", "-A", path("../../cli.ts"), "convert", vmdk],
      ...["-o", output, "--name", "guest", "--no-boot-proof", "--quiet"],
    ],
  },
  {
    name: "virt-v2v",
    title: "virt-v2v -i disk -o local -of qcow2",
    command: (vmdk, output, accelerator) => [
      ...["env", "LIBGUESTFS_BACKEND=direct"],
      ...(accelerator === "tcg" ? ["LIBGUESTFS_BACKEND_SETTINGS=force_tcg"] : []),
      ...[
        "virt-v2v",
        `--machine-readable=file:${join(output, V2V_MESSAGES)}`,
        "-i",
        "disk",
        vmdk,
        "-o",
        "local",
        "-os",
        output,
        "-of",
        "qcow2",
        "-on",
        "guest",
      ],
    ],
  },
];
