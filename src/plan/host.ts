/**
 * What the conversion host has: programs, libraries and the accelerator.
 *
 * @module
 */
import { libguestfsVersion } from "../guest/library.ts";
import { MigrateError } from "../model/error.ts";
import { runCommand } from "../run/command.ts";
import { type KernelAccess, kernelAccess } from "./appliance_kernel.ts";
import type { Accelerator } from "../run/context.ts";
import { probeAccelerator, type ProbeOptions } from "../verify/kvm_probe.ts";

/** What the conversion host has; a version is null when the thing is missing. */
export interface HostFacts {
  /** Version of qemu-img. */
  readonly qemuImg: string | null;
  /** Version of nbdcopy; only some disks need it. */
  readonly nbdcopy: string | null;
  /** Version of qemu-system-x86_64. */
  readonly qemu: string | null;
  /** Version of libguestfs. */
  readonly libguestfs: string | null;
  /** Why libguestfs cannot be used. */
  readonly libguestfsReason?: string;
  /** The kernel that the appliance is built from; absent when it is finished already (LIBGUESTFS_PATH). */
  readonly kernel?: KernelAccess;
  /** What guests run with. */
  readonly accelerator: Accelerator;
  /** Why, in a few words. */
  readonly acceleratorReason: string;
}

/** Looks at the host; takes as long as the KVM probe, a few seconds at most where KVM works or hangs at once. */
export async function readHost(signal?: AbortSignal, options: ProbeOptions = {}): Promise<HostFacts> {
  const isFixed = (Deno.env.get("LIBGUESTFS_PATH") ?? "") !== "";
  const [qemuImg, nbdcopy, qemu, probe, library, kernel] = await Promise.all([
    toolVersion("qemu-img", signal),
    toolVersion("nbdcopy", signal),
    toolVersion("qemu-system-x86_64", signal),
    probeAccelerator(signal, options),
    libraryVersion(),
    isFixed ? undefined : kernelAccess(),
  ]);
  return {
    qemuImg,
    nbdcopy,
    qemu,
    ...library,
    ...(kernel === undefined ? {} : { kernel }),
    accelerator: probe.accelerator,
    acceleratorReason: probe.reason,
  };
}

async function libraryVersion(): Promise<{ libguestfs: string | null; libguestfsReason?: string }> {
  try {
    return { libguestfs: await libguestfsVersion() };
  } catch (error) {
    return { libguestfs: null, libguestfsReason: (error as Error).message };
  }
}

/** The first version number that a program prints with `--version`; null when it is not installed. */
export async function toolVersion(program: string, signal?: AbortSignal): Promise<string | null> {
  try {
    const options = signal === undefined ? {} : { signal };
    const { stdout } = await runCommand(program, ["--version"], { timeoutMs: 10_000, ...options });
    return /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? "unknown";
  } catch (error) {
    if (error instanceof MigrateError && error.code === "tool/missing") return null;
    throw error;
  }
}
