/**
 * The log that libvirt's QEMU driver keeps of each domain: what QEMU was started with, and what it said. There is no
 * call for it, only a file in a folder of its own (https://libvirt.org/drvqemu.html, "Location of configuration files").
 *
 * @module
 */
import { join } from "@std/path";

/** Where the log of a domain is on this host; only root may read those of the system. */
export function domainLogPath(uri: string, domain: string): string {
  return join(logFolder(uri), `${domain}.log`);
}

function logFolder(uri: string): string {
  if (new URL(uri).pathname !== "/session") return "/var/log/libvirt/qemu";
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? join(Deno.env.get("HOME") ?? "/root", ".cache");
  return join(cache, "libvirt/qemu/log");
}

/** Copies a log; whether that could be: a libvirt may keep its logs elsewhere, or from us. */
export async function copyLog(from: string, to: string): Promise<boolean> {
  return await readable(() => Deno.copyFile(from, to));
}

/** Removes the log of a domain that was made for a proof: its name never comes again. */
export async function removeLog(path: string): Promise<void> {
  await readable(() => Deno.remove(path));
}

async function readable(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
}
