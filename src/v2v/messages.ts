/**
 * What virt-v2v says while it works: lines of JSON, and percentages (guestfs(3), "Advanced machine readable
 * output"; virt-v2v(1), "Machine readable output").
 *
 * @module
 */
import type { Concern } from "../model/concern.ts";

/** One thing that virt-v2v says. */
export type V2VMessage =
  | { readonly type: "message" | "info" | "warning" | "error"; readonly text: string }
  | { readonly type: "progress"; readonly fraction: number };

/** Reads one line of the messages file; null for a line that says nothing. */
export function parseMessage(line: string): V2VMessage | null {
  const progress = /^(\d+)\/(\d+)$/.exec(line.trim());
  if (progress !== null) {
    const [done, total] = [Number(progress[1]), Number(progress[2])];
    return total > 0 ? { type: "progress", fraction: Math.min(done / total, 1) } : null;
  }
  if (!line.startsWith("{")) return null;
  const { type, message } = readObject(line);
  if (typeof message !== "string") return null;
  switch (type) {
    case "message":
    case "info":
    case "warning":
    case "error":
      return { type, text: message };
    default:
      return null;
  }
}

function readObject(line: string): { type?: unknown; message?: unknown } {
  try {
    return JSON.parse(line) as { type?: unknown; message?: unknown };
  } catch (error) {
    if (error instanceof SyntaxError) return {}; // cut off when virt-v2v was killed
    throw error;
  }
}

/**
 * The last percentage of the bar that nbdcopy draws on standard error (` 12% [****---`), as a fraction; null
 * when there is none.
 */
export function barFraction(text: string): number | null {
  const last = [...text.matchAll(/(\d+)% \[/g)].at(-1)?.[1];
  return last === undefined ? null : Number(last) / 100;
}

/** A text without bars: what a log keeps. */
export function withoutBars(text: string): string {
  return text.replaceAll(/[^\n]?\s*\d+% \[[*-]*\]?\r?\n?/gu, "").replaceAll("\r", "");
}

/** The disk, from 0, whose copy a message announces ("Copying disk 2/3"); null for other messages. */
export function copiedDisk(text: string): number | null {
  const match = /^Copying disk (\d+)\/\d+/.exec(text);
  return match === null ? null : Number(match[1]) - 1;
}

/** Warnings and remarks as the report shows them, each once. */
export function messageConcerns(messages: readonly V2VMessage[]): Concern[] {
  const concerns = new Map<string, Concern>();
  for (const message of messages) {
    if (message.type !== "warning" && message.type !== "info") continue;
    concerns.set(message.text, {
      id: `v2v/${message.type}`,
      severity: message.type === "warning" ? "warning" : "information",
      message: `virt-v2v: ${message.text}`,
    });
  }
  return [...concerns.values()];
}

/** One kind of failure: what it looks like, and what helps. */
interface Failure {
  readonly pattern: RegExp;
  /** Whether the same command may succeed later. */
  readonly transient: boolean;
  readonly hint: string;
}

/** Failures that are known, the more special first. */
const FAILURES: readonly Failure[] = [
  {
    pattern: /inspection could not detect the source guest|no root device found/i,
    transient: false,
    hint: "virt-v2v finds no operating system; give keys for encrypted disks, or try without --use-v2v.",
  },
  {
    pattern: /multi-boot operating systems/i,
    transient: false,
    hint: "Name the root filesystem: --v2v-arg=--root=/dev/sdX.",
  },
  {
    pattern: /unable to convert this guest type|virt-v2v is unable to/i,
    transient: false,
    hint: "virt-v2v does not know this system; try without --use-v2v.",
  },
  {
    pattern: /could not find key|cryptsetup.*No key available|incorrect passphrase/i,
    transient: false,
    hint: "The key for an encrypted disk is wrong.",
  },
  {
    pattern: /No space left on device|not enough free space/i,
    transient: false,
    hint: "Make room in the output folder, or in the guest when its own filesystem is full.",
  },
  {
    pattern: /hibernat|unclean|Fast Startup/i,
    transient: false,
    hint: "Start the machine once more, switch Fast Startup off, and shut it down.",
  },
  {
    pattern: /Failed to get (shared )?"?(write|consistent read)"? lock|is another process using the image/i,
    transient: true,
    hint: "Something else has the disk open.",
  },
  {
    pattern: /guestfs_launch failed|appliance/i,
    transient: true,
    hint: "The libguestfs appliance did not start; libguestfs-test-tool shows why.",
  },
  {
    pattern: /Connection (refused|reset|timed out)|Could not resolve|Temporary failure/i,
    transient: true,
    hint: "The network or the server did not answer.",
  },
];

/** What is known of a failure by its text; a permanent one without a hint of its own when nothing is. */
export function classifyFailure(text: string): { readonly transient: boolean; readonly hint: string } {
  const known = FAILURES.find(({ pattern }) => pattern.test(text));
  return known ?? { transient: false, hint: "The log has all that virt-v2v said." };
}
