/**
 * Progress on a terminal: a line for each running stage, redrawn in place; finished stages stay above as ticked
 * lines.
 *
 * @module
 */
import { unicodeWidth } from "@std/cli/unicode-width";
import type { RunEvent } from "../model/event.ts";
import { STAGES } from "../model/stage.ts";
import { clock, duration } from "./duration.ts";
import { cutTo, fitted, padTo, row } from "./line.ts";
import type { Progress, Screen } from "./progress.ts";
import { type RunningStage, RunningStages } from "./running.ts";
import { size } from "./size.ts";
import { type Color, type Marks, marks, type Paint, painter } from "./style.ts";

const FRAME_MS = 120;
// deno-lint-ignore no-control-regex -- what paints a line takes no room on it
const COLORS = /\x1b\[[\d;]*m/g;
/** The longest name of a stage. */
const STAGE_COLUMNS = Math.max(...STAGES.map((stage) => stage.length));

/** Draws on a terminal until it is disposed of. */
export function ttyProgress(screen: Screen, isBatch = false): Progress {
  const running = new RunningStages(isBatch);
  const draw = { paint: painter(screen.color), marks: marks(screen.utf8) };
  let live: readonly string[] = []; // the last frame, below which the cursor stands
  let frame = 0;
  let ended = false;
  const redraw = (above: string): void => {
    if (ended) return screen.write(above);
    const columns = screen.columns();
    const lines = running.list.map((stage) =>
      runningLine(stage, frame, columns, screen.now(), draw, running)
    );
    const erase = eraseOf(live, columns);
    live = lines;
    screen.write(erase + above + lines.map((line) => `${line}\n`).join(""));
  };
  const timer = setInterval(() => {
    frame++;
    if (running.list.length > 0) redraw("");
  }, FRAME_MS);
  Deno.unrefTimer(timer);
  return {
    emit(event): void {
      running.apply(event, screen.now());
      if (event.type === "stage-end") {
        redraw(`${finishedLine(event, screen.columns(), draw, running)}\n`);
      } else if (event.type === "stage-start") redraw("");
    },
    log(level, line): void {
      const color = level === "error" ? "red" : level === "warning" ? "yellow" : "dim";
      redraw(`${draw.paint(color, line)}\n`);
    },
    [Symbol.dispose](): void {
      clearInterval(timer);
      screen.write(eraseOf(live, screen.columns()));
      live = [];
      ended = true;
    },
  };
}

/** Takes lines off the screen; on one that has become narrower since, they have been wrapped. */
function eraseOf(lines: readonly string[], columns: number): string {
  const plain = lines.map((line) => line.replaceAll(COLORS, ""));
  const rows = plain.reduce((sum, line) => sum + Math.max(1, Math.ceil(unicodeWidth(line) / columns)), 0);
  return rows === 0 ? "" : `\x1b[${rows}A\r\x1b[J`;
}

interface Drawing {
  readonly paint: Paint;
  readonly marks: Marks;
}

const MARK_COLORS: Readonly<Record<"done" | "skipped" | "failed", Color>> = {
  done: "green",
  skipped: "dim",
  failed: "red",
};

/** `✔ copy       380 MiB written          2.6 s` */
function finishedLine(
  event: Extract<RunEvent, { type: "stage-end" }>,
  columns: number,
  { paint, marks }: Drawing,
  running: RunningStages,
): string {
  return row({
    mark: paint(MARK_COLORS[event.status], marks[event.status]),
    name: nameOf(event, columns, marks.cut, running),
    text: event.summary,
    right: duration(event.elapsedMs),
    columns,
    cut: marks.cut,
    paint,
  });
}

/** `⠹ copy       ████████░░░░  62 %  236 MiB of 380 MiB  210 MiB/s  0:01 left` */
function runningLine(
  stage: RunningStage,
  frame: number,
  columns: number,
  nowMs: number,
  { paint, marks }: Drawing,
  running: RunningStages,
): string {
  const amount = stage.amount(nowMs);
  const say = (room: number): string =>
    amount === undefined
      ? cutTo(stage.message || stage.title, room, marks.cut)
      : fitted(room, amountTexts(amount, marks));
  return row({
    mark: paint("cyan", marks.spinner[frame % marks.spinner.length]!),
    name: nameOf(stage, columns, marks.cut, running),
    text: say,
    right: clock(nowMs - stage.startedMs),
    columns,
    cut: marks.cut,
    paint,
  });
}

/** The stage, and which machine it is about: the stage stays whole, and the stages of all stand below each other. */
function nameOf(
  { vm, stage }: Pick<RunningStage, "vm" | "stage">,
  columns: number,
  cut: string,
  running: RunningStages,
): string {
  if (!running.severalMachines) return stage;
  const longest = Math.max(0, ...[...running.names].map(unicodeWidth));
  const room = Math.min(longest, Math.max(4, Math.floor(columns / 2) - 14));
  return `${padTo(cutTo(vm, room, cut), room)} ${stage.padEnd(STAGE_COLUMNS)}`;
}

/** The same amount told ever shorter. */
function amountTexts(amount: NonNullable<ReturnType<RunningStage["amount"]>>, marks: Marks): string[] {
  const share = amount.totalBytes === 0 ? 1 : Math.min(1, amount.doneBytes / amount.totalBytes);
  const percent = `${Math.floor(100 * share)} %`.padStart(6);
  const bytes = `${size(amount.doneBytes)} of ${size(amount.totalBytes)}`;
  const rate = amount.bytesPerSecond === 0 ? "" : `  ${size(amount.bytesPerSecond)}/s`;
  const left = amount.leftMs === undefined ? "" : `  ${clock(amount.leftMs)} left`;
  const bar = (cells: number): string => {
    const full = Math.round(share * cells);
    return marks.bar[0].repeat(full) + marks.bar[1].repeat(cells - full);
  };
  return [
    `${bar(30)}${percent}  ${bytes}${rate}${left}`,
    `${bar(12)}${percent}  ${bytes}${rate}${left}`,
    `${percent.trimStart()}  ${bytes}${rate}${left}`,
    `${percent.trimStart()}${rate}${left}`,
    `${percent.trimStart()}${left}`,
    percent.trimStart(),
  ];
}
