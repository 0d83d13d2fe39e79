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
