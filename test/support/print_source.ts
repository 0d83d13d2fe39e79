/**
 * virt-v2v as an oracle for the hardware of machines that we read, too.
 *
 * @module
 */
import type { DiscoveredSource } from "../../src/model/source.ts";
import { runCommand } from "../../src/run/command.ts";

/** What virt-v2v and we can both say. */
export interface Hardware {
  /** Name. */
  readonly name: string;
  /** Memory in bytes. */
  readonly memoryBytes: number;
  /** Number of virtual CPUs. */
  readonly cpus: number;
  /** `bios` or `uefi`. */
  readonly firmware: string;
  /** The bus of each disk. */
  readonly disks: readonly string[];
  /** Network and model of each card. */
  readonly nics: readonly string[];
}

/** What virt-v2v says of a machine, by `--print-source`: it starts no appliance. */
export async function printSource(mode: "ova" | "vmx", path: string): Promise<Hardware> {
  const env = { LIBGUESTFS_BACKEND: "direct" };
  const { stdout } = await runCommand("virt-v2v", ["--print-source", "-i", mode, path], { env });
  const value = (key: string): string => new RegExp(`^ *${key}: *(.*)$`, "m").exec(stdout)?.[1]?.trim() ?? "";
  return {
    name: value("source name"),
    memoryBytes: parseInt(value("memory")),
    cpus: Number(value("nr vCPUs")),
    firmware: value("firmware"),
    disks: [...stdout.matchAll(/^\t\d+ \[(\w+)\]/gm)].map((match) => match[1]!),
    nics: [...stdout.matchAll(/^\t(?:Network|Bridge) "([^"]*)".*\[(\w+)\]/gm)].map((match) =>
      `${match[1]} ${match[2]}`
    ),
  };
}

/** The same of what we discovered. */
export function hardware({ name, machine, disks }: DiscoveredSource): Hardware {
  return {
    name,
    memoryBytes: machine.memoryBytes ?? 0,
    cpus: machine.cpus ?? 0,
    firmware: (machine.firmware ?? "bios").replace(/^uefi.*/, "uefi"),
    disks: disks.map(({ controller }) => controller ?? ""),
    nics: machine.nics.map(({ network, model }) => `${network} ${model}`),
  };
}
