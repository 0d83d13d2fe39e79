/**
 * Changes as unified diffs, by npm:diff (Myers' algorithm, the package behind most diffs in JavaScript).
 *
 * @module
 */
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import type { AppendChange, Change, TextChange } from "../model/change.ts";
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

/** Any change as a diff. */
export function changeText(change: Change): string {
  return change.kind === "text" ? unifiedDiff(change) : appendText(change);
}

/** Any change in one phrase: `+2 -1`, `new`, `deleted`, `+1.2 MiB`. */
export function changeSummary(change: Change): string {
  if (change.kind === "append") return `+${size(change.contentBytes)}`;
  if (change.after === null) return "deleted";
  if (change.before === null) return "new";
  const { added, removed } = countLines(change);
  return `+${added} -${removed}`;
}
