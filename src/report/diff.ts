/**
 * Changes as unified diffs, by npm:diff (Myers' algorithm, the package behind most diffs in JavaScript).
 *
 * @module
 */
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import type {
  AppendChange,
  Change,
  CommandChange,
  CopyChange,
  LinkChange,
  SizeChange,
  TextChange,
} from "../model/change.ts";
import { size } from "../ui/size.ts";

/** Members of an appended archive that are named; the rest is counted. */
const MEMBERS_SHOWN = 12;

/** A text change as `diff -u` shows it, with `/dev/null` for a file that did not or will not exist. */
export function unifiedDiff(change: TextChange, contextLines = 3): string {
  return createTwoFilesPatch(
    change.before === null ? "/dev/null" : `a${change.path}`,
    change.after === null ? "/dev/null" : `b${change.path}`,
    change.before ?? "",
    change.after ?? "",
    undefined,
    undefined,
    { context: contextLines, headerOptions: FILE_HEADERS_ONLY },
  );
}

/** How many lines a text change adds and removes. */
export function countLines(change: TextChange): { added: number; removed: number } {
  const lines = unifiedDiff(change, 0).split("\n").slice(2);
  return {
    added: lines.filter((line) => line.startsWith("+")).length,
    removed: lines.filter((line) => line.startsWith("-")).length,
  };
}

/** An append in the manner of a diff: what is added at the end of which file. */
export function appendText(change: AppendChange): string {
  const shown = change.members.slice(0, MEMBERS_SHOWN);
  const rest = change.members.length - shown.length;
  return [
    `--- a${change.path} (${size(change.lengthBefore)})`,
    `+++ b${change.path} (${size(change.contentBytes)} added at the end)`,
    ...shown.map((member) => `+${member}`),
    ...rest > 0 ? [`+… and ${rest} more`] : [],
    "",
  ].join("\n");
}

/** A link in the manner of a diff: where it pointed, and where it will. */
export function linkText({ path, before, after }: LinkChange): string {
  return [
    `--- ${before === null ? "/dev/null" : `a${path}`}`,
    `+++ ${after === null ? "/dev/null" : `b${path}`}`,
    ...before === null ? [] : [`-link to ${before}`],
    ...after === null ? [] : [`+link to ${after}`],
    "",
  ].join("\n");
}

/** A copied file in the manner of a diff. */
export function copyText({ path, from, sizeBytes }: CopyChange): string {
  return `--- /dev/null\n+++ b${path}\n+copy of ${from} (${size(sizeBytes)})\n`;
}

/** A file that a program writes, in the manner of a diff. */
export function commandText({ path, command, drivers }: CommandChange): string {
  const held = drivers.map((anyOf) => anyOf.join(" or ")).join(", ");
  return `--- a${path}\n+++ b${path}\n+written by: ${command.join(" ")}\n+must hold: ${held}\n`;
}

/** A partition or volume that grows, in the manner of a diff. */
export function sizeText({ path, beforeBytes, afterBytes }: SizeChange): string {
  return `--- ${path}\n+++ ${path}\n-${size(beforeBytes)}\n+${size(afterBytes)}\n`;
}

/** Any change as a diff. */
export function changeText(change: Change): string {
  switch (change.kind) {
    case "text":
      return unifiedDiff(change);
    case "append":
      return appendText(change);
    case "link":
      return linkText(change);
    case "copy":
      return copyText(change);
    case "command":
      return commandText(change);
    case "size":
      return sizeText(change);
  }
}

/** Any change in one phrase: `+2 -1`, `new`, `deleted`, `+1.2 MiB`, `link to /dev/null`, `copy`. */
export function changeSummary(change: Change): string {
  if (change.kind === "append") return `+${size(change.contentBytes)}`;
  if (change.kind === "copy") return "copy";
  if (change.kind === "command") return "rebuilt";
  if (change.kind === "size") return `${size(change.beforeBytes)} → ${size(change.afterBytes)}`;
  if (change.kind === "link" && change.after !== null) return `link to ${change.after}`;
  if (change.kind === "link") return "link deleted";
  if (change.after === null) return "deleted";
  if (change.before === null) return "new";
  const { added, removed } = countLines(change);
  return `+${added} -${removed}`;
}
