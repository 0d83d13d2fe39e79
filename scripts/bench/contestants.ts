/**
 * The commands that the bench compares.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import type { Accelerator } from "../../src/run/context.ts";
import { makeManyMachines } from "../../test/support/many_machines.ts";
import { guestOva, largeOva, largeVmdk } from "./sources.ts";

/** One command of the bench. */
export interface Contestant {
  /** Its name for `--only` and in the table. */
  readonly name: string;
  /** What it does, one phrase. */
  readonly title: string;
  /** Makes another source in a folder, from the sample guest's disk; what it costs does not count. */
  readonly source?: (vmdk: string, folder: string) => Promise<string>;
  /** The command for a source and an empty output folder. */
  command(source: string, output: string, accelerator: Accelerator): readonly string[];
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
    name: "ours-ova",
    title: "hyper2kvm convert --no-boot-proof of the same guest as an OVA with a manifest",
    source: guestOva,
    command: (ova, output) => [
      ...[Deno.execPath(), "run", "-A", path("../../cli.ts"), "convert", ova],
      ...["-o", output, "--name", "guest", "--no-boot-proof", "--quiet"],
    ],
  },
  {
    name: "inspect-ova",
    title: "hyper2kvm inspect of an OVA of 20 disks of 100 GiB",
    source: largeOva,
    command: (ova) => [Deno.execPath(), "run", "-A", path("../../cli.ts"), "inspect", "--json", ova],
  },
  {
    name: "inspect-vmdk",
    title: "hyper2kvm inspect of a sparse VMDK of 100 GiB",
    source: largeVmdk,
    command: (vmdk) => [Deno.execPath(), "run", "-A", path("../../cli.ts"), "inspect", "--json", vmdk],
  },
  {
    name: "plan-1000",
    title: "hyper2kvm plan of a batch of 1,000 machines with simulated disks",
    source: (_vmdk, folder) => makeManyMachines(folder, 1000),
    command: (job) => [Deno.execPath(), "run", "-A", path("../../cli.ts"), "plan", "--json", "--quiet", job],
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
