/**
 * The status of a watched folder for a terminal.
 *
 * @module
 */
import { colored, type Page, pair, paragraph } from "../report/page.ts";
import type { StatusItem, WatchStatus } from "../watch/status.ts";
import type { Color } from "../ui/style.ts";

const COLORS: Readonly<Record<StatusItem["state"], Color>> = {
  waiting: "dim",
  running: "cyan",
  done: "green",
  duplicate: "dim",
  failed: "red",
};

/** The watcher, what is not complete, and everything in the queue. */
export function renderWatchStatus(status: WatchStatus, page: Page): string {
  const { folder, pid, notices, pending, items, output } = status;
  const by = pid === undefined ? "nobody watches it" : `process ${pid} watches it; ${notices}`;
  const lines = [
    page.paint("bold", folder),
    ...paragraph(page, by),
    ...paragraph(page, `outputs in ${output}`),
  ];
  const width = Math.min(30, Math.max(0, ...[...pending, ...items].map(({ path }) => path.length)));
  if (items.length + pending.length > 0) lines.push("");
  for (const item of items) {
    const [first = "", ...rest] = pair(page, item.path, words(item), width);
    lines.push(first.replace(item.state, page.paint(COLORS[item.state], item.state)), ...rest);
  }
  for (const { path, reason } of pending) lines.push(...pair(page, path, `not complete: ${reason}`, width));
  if (items.length + pending.length === 0) lines.push(...colored(page, "dim", "  nothing has arrived yet"));
  return `${lines.join("\n")}\n`;
}

function words({ state, doing, summary, notBefore, attempts }: StatusItem): string {
  if (state === "running") return `running: ${doing ?? summary ?? "beginning"}`;
  if (state === "done") return "done";
  const why = summary === undefined || summary === "" ? "" : `: ${summary.replaceAll("\n", " ")}`;
  const again = notBefore === undefined ? "" : ` (attempt ${attempts + 1} at ${notBefore})`;
  return `${state}${why}${again}`;
}
