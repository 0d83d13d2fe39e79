/**
 * The second part of the KVM probe: a kernel of this host starts without a root filesystem, panics, and ends qemu. A
 * few instructions run on hosts where a kernel does not, nested ones above all.
 *
 * @module
 */
import { join } from "@std/path";
import type { Accelerator } from "../run/context.ts";

/** A kernel to boot, with where supermin, too, takes the appliance's from; null where this user may read none. */
export async function readableKernel(folder = "/boot"): Promise<string | null> {
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (!isFile || !/^vmlinu[xz]-/.test(name)) continue;
      const path = join(folder, name);
      if (await isReadable(path)) return path;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied)) {
      throw error;
    }
  }
  return null;
}

async function isReadable(path: string): Promise<boolean> {
  try {
    (await Deno.open(path)).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
}

/**
 * Arguments of qemu for a kernel that ends it: `panic=-1` restarts at once (kernel-parameters of the Linux
 * documentation), and a restart under `-no-reboot` is an exit with status 0.
 */
export function kernelArgs(accelerator: Accelerator, kernel: string): string[] {
  return [
    ...[
      "-nodefaults",
      "-no-user-config",
      "-machine",
      "pc",
      "-accel",
      accelerator,
      "-cpu",
      "max",
      "-m",
      "256",
    ],
    ...["-display", "none", "-no-reboot", "-kernel", kernel, "-append", "panic=-1 quiet"],
  ];
}
