/**
 * `--check-filesystems`: each filesystem's own checker looks at it before anything is mounted, and again when the
 * guest has been fixed. It repairs nothing.
 *
 * @module
 */
import type { Concern } from "../model/concern.ts";
import { MigrateError } from "../model/error.ts";
import type { GuestFilesystem } from "../model/guest.ts";
import { guestfsFailure } from "./failure.ts";
import type { GuestSession } from "./session.ts";
import { applianceShell, deviceWord } from "./shell.ts";

/** What a checker says of one filesystem. */
export interface FilesystemCheck {
  /** Its device in the appliance. */
  readonly device: string;
  /** Its type as blkid names it. */
  readonly type: string;
  /** `unchecked` while its journal holds what is not in the filesystem yet: the checker would see ghosts. */
  readonly verdict: "clean" | "damaged" | "unchecked";
  /** The checker's last lines. */
  readonly lines: readonly string[];
}

/** A checker that only reads, the status by which it says that all is well, and its words for a dirty journal. */
interface Checker {
  readonly types: RegExp;
  readonly command: (device: string) => string;
  readonly dirty: RegExp;
}

const CHECKERS: readonly Checker[] = [
  {
    types: /^ext[234]$/,
    command: (device) => `e2fsck -f -n ${deviceWord(device)}`,
    dirty: /skipping journal recovery/i,
  },
  {
    types: /^xfs$/,
    command: (device) => `xfs_repair -n ${deviceWord(device)}`,
    dirty: /valuable metadata changes in a log/i,
  },
  {
    types: /^btrfs$/,
    command: (device) => `btrfs check --readonly ${deviceWord(device)}`,
    dirty: /log tree/i,
  },
];
const LINES_SHOWN = 6;

/** Checks every filesystem that has a checker; nothing may be mounted. */
export async function checkFilesystems(
  session: GuestSession,
  filesystems: readonly GuestFilesystem[],
): Promise<FilesystemCheck[]> {
  const checks: FilesystemCheck[] = [];
  const seen = new Set<string>();
  for (const { device, type, uuid } of filesystems) {
    const checker = CHECKERS.find(({ types }) => types.test(type));
    if (checker === undefined || seen.has(`${type} ${uuid ?? device}`)) continue;
    seen.add(`${type} ${uuid ?? device}`); // the members of one btrfs share its UUID
    try {
      const script = `{ ${checker.command(device)}; } 2>&1; echo "status=$?"`;
      const output = await applianceShell(session, script);
      checks.push({ device, type, ...readOutput(output, checker.dirty) });
    } catch (error) {
      throw guestfsFailure(error, `check ${device}`);
    }
  }
  return checks;
}

/** Reads what a checker printed; its status is on the last line. */
export function readOutput(output: string, dirty: RegExp): Pick<FilesystemCheck, "verdict" | "lines"> {
  const lines = output.trim().split("\n");
  const status = lines.pop();
  const verdict = dirty.test(output) ? "unchecked" : status === "status=0" ? "clean" : "damaged";
  return { verdict, lines: lines.slice(-LINES_SHOWN) };
}

/** What a person should know of the filesystems as they came. */
export function checkConcerns(checks: readonly FilesystemCheck[]): Concern[] {
  return checks.filter(({ verdict }) => verdict !== "clean").map(({ device, verdict, lines }) =>
    verdict === "unchecked"
      ? {
        id: "guest/not-checked",
        severity: "information",
        message: `${device} was not checked beforehand: its journal has to be replayed first.`,
        hint: "It is checked when it has been mounted and fixed.",
      }
      : {
        id: "guest/filesystem-damaged",
        severity: "warning",
        message: `${device} is damaged already in the source: ${
          lines.at(-1) ?? "its checker gives no reason"
        }`,
        hint: "Repair it in the source VM (fsck) and convert again.",
      }
  );
}

/**
 * Compares the checks after the fixes with those before; one that was damaged before is known already.
 *
 * @throws {MigrateError} `fix/failed` naming a filesystem that is damaged now, and was not before
 */
export function judgeChecks(before: readonly FilesystemCheck[], after: readonly FilesystemCheck[]): void {
  for (const { device, verdict, lines } of after) {
    const was = before.find((one) => one.device === device)?.verdict;
    if (verdict !== "damaged" || was === "damaged") continue;
    throw new MigrateError(
      "fix/failed",
      `Cannot use the result: ${device} is damaged now:\n${lines.join("\n")}`,
      {
        stage: "fix",
        hint: was === "unchecked"
          ? "Its journal was dirty: shut the source VM down cleanly, check the filesystem there, and convert again."
          : "This should not happen: keep the source and report it with this message.",
      },
    );
  }
}
