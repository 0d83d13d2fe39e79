/**
 * Turns a failed libguestfs call into the error that a person reads, with the cure where it is known.
 *
 * @module
 */
import { GuestfsError } from "../../ffi/guestfs/handle.ts";
import { MigrateError } from "../model/error.ts";
import type { Stage } from "../model/stage.ts";

/** One known failure. */
interface Cure {
  readonly when: RegExp;
  readonly hint: string;
}

const CURES: readonly Cure[] = [
  {
    when: /supermin|cannot find any suitable libguestfs/,
    hint: "libguestfs builds its appliance from an installed kernel: install one (apt-get install " +
      "linux-image-cloud-amd64) and make /boot/vmlinuz-* readable for this user, then try libguestfs-test-tool.",
  },
  {
    when: /lock|in use/i,
    hint: "Another program uses the disk image: shut the VM down, or end the other run.",
  },
  {
    when: /closed the connection unexpectedly|appliance .*(?:failed to start|crashed)/,
    hint:
      "The appliance stopped: give it more memory (LIBGUESTFS_MEMSIZE=2048), or run libguestfs-test-tool.",
  },
  {
    when: /No space left/,
    hint: "A filesystem is full: the guest's own, or the one that holds --work-dir.",
  },
  {
    when: /hibernat|unsafe state/i,
    hint:
      "Windows is hibernated or was not shut down: start it, turn Fast Startup off, and shut it down fully.",
  },
  {
    when: /wrong fs type|bad superblock|Structure needs cleaning|needs journal recovery/,
    hint: "The filesystem may be damaged: check it in the source VM and run again.",
  },
];

const TRACE = "Run again with LIBGUESTFS_DEBUG=1 LIBGUESTFS_TRACE=1 to see what libguestfs does.";

/**
 * The error for a failed call: `guestfs/failed`, "Cannot DOING: reason". An error that is a MigrateError
 * already stays as it is.
 *
 * @param doing What was tried, such as `mount /dev/sda1`
 */
export function guestfsFailure(error: unknown, doing: string, stage?: Stage): MigrateError {
  if (error instanceof MigrateError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const said = error instanceof GuestfsError ? applianceReason(error.log) : undefined;
  const cure = CURES.find(({ when }) => when.test(message));
  return new MigrateError("guestfs/failed", `Cannot ${doing}: ${said ?? reasonOf(message)}`, {
    hint: cure?.hint ?? TRACE,
    cause: error,
    ...(stage === undefined ? {} : { stage }),
  });
}

/** Whether a call failed with this error number (ENOENT is 2). */
export function hasErrno(error: unknown, ...numbers: readonly number[]): error is GuestfsError {
  return error instanceof GuestfsError && numbers.includes(error.errno);
}

/** Lines that say why the appliance could not be made or did not live: supermin's own, its tar's, the kernel's. */
const REASON = /^(?:supermin|tar|mke2fs|cp): (?!warning)\S.*$|Kernel panic - .*/gm;

/** The first such reason: what comes after it follows from it. libguestfs itself knows an exit status only. */
function applianceReason(log: string): string | undefined {
  return log.match(REASON)?.[0].trim();
}

/** The first words of the message: libguestfs adds a page of advice for its own command line. */
function reasonOf(message: string): string {
  const usual = /This usually means (.+?)\.?\n/.exec(message + "\n")?.[1];
  return usual ?? message.split(/\n(?:To see full error|Do:|See also)/)[0]!.trim();
}
