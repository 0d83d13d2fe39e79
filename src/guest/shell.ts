/**
 * Shell commands in the appliance, for what libguestfs has no action for.
 *
 * @module
 */
import type { GuestSession } from "./session.ts";

/** A whole disk or a partition, as libguestfs names it. */
const DISK = /^\/dev\/sd([a-z]+)(\d*)$/;

/**
 * A device of libguestfs as a word of a shell script. libguestfs calls disks by the order in which they were added,
 * the kernel by the order in which it found them, which may differ from launch to launch: in a script a disk goes by
 * its serial number, `hd0`, `hd1` and so on, which libguestfs gives to it.
 */
export function deviceWord(device: string): string {
  const [, letters, number] = DISK.exec(device) ?? [];
  if (letters === undefined) return `'${device}'`;
  const index = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 96, 0) - 1;
  const link = `/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_hd${index}${number === "" ? "" : `-part${number}`}`;
  return `"$(readlink -f ${link})"`;
}

/**
 * Runs a script and returns its output, warnings on standard error included: a script whose output is parsed has to
 * drop them.
 *
 * @throws {GuestfsError} when it fails
 */
export async function applianceShell(session: GuestSession, script: string): Promise<string> {
  return await session.call("debug", "sh", [script]);
}
