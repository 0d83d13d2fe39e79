/**
 * Undoes the last run: every file of its record becomes what it was before, unless somebody has changed it since.
 *
 * @module
 */
import type { FileChange, LeftAlone } from "../model/change.ts";
import { cancelled, MigrateError } from "../model/error.ts";
import { quote } from "../ssh/arguments.ts";
import { patchSteps, scriptHead, sha256 } from "./change_script.ts";
import { type RemoteRoot, scriptError } from "./remote_root.ts";
import type { RunRecord, RunRecords } from "./run_record.ts";

/** What undoing did. */
export interface Undone {
  /** The run that was undone. */
  readonly run: string;
  /** Paths that are now as they were before. */
  readonly restored: readonly string[];
  /** Paths that were that already: a change that was never made, or undone before. */
  readonly alreadySo: readonly string[];
  /** What was not restored, with the reason. */
  readonly leftAlone: readonly LeftAlone[];
}

/** How a run is undone. */
export interface UndoOptions {
  /** Root on the guest. */
  readonly root: RemoteRoot;
  /** The records of the guest's runs, locked. */
  readonly records: RunRecords;
  /** Whether to look only. */
  readonly dryRun: boolean;
  /** Stops between two files. */
  readonly signal: AbortSignal;
}

/**
 * Undoes the last run that is not undone yet.
 *
 * @throws {MigrateError} `source/missing` when there is none; `fix/failed`, `space/full`, `network/failed`
 */
export async function undoLast({ root, records, dryRun, signal }: UndoOptions): Promise<Undone> {
  const last = records.runs.findLast(({ state }) => state !== "undone");
  if (last === undefined) throw nothingToUndo(root.host);
  const record = await records.read(last.id);
  const restored: string[] = [];
  const alreadySo: string[] = [];
  const leftAlone: LeftAlone[] = [];
  for (const changes of byPath(record)) {
    if (signal.aborted) throw cancelled("fix");
    const { path, fix } = changes[0];
    const script = undoScript(records.folderOf(record.id), changes, record.written, dryRun);
    const { status, stdout, stderr } = await root.run(script);
    if (status !== 0) throw scriptError(`restore ${path}`, stderr);
    const word = stdout.trim();
    if (word === "restored") restored.push(path);
    else if (word === "already") alreadySo.push(path);
    else leftAlone.push({ fix, path, reason: "it has been changed since the run, so it stays as it is" });
  }
  if (!dryRun) {
    await root.run("if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi");
    await records.mark(record.id, "undone");
  }
  return { run: record.id, restored, alreadySo, leftAlone };
}

/** The error for a guest that no run has changed, or whose runs are all undone. */
export function nothingToUndo(host: string): MigrateError {
  return new MigrateError("source/missing", `Cannot undo: ${host} has no run that could be undone.`, {
    stage: "fix",
    hint: "Only what live-fix has done to this guest can be undone, one run at a time.",
  });
}

type PathChanges = readonly [FileChange, ...FileChange[]];

/** The changes of each path, the path that was changed last first. */
function byPath(record: RunRecord): readonly PathChanges[] {
  const paths = new Map<string, [FileChange, ...FileChange[]]>();
  for (const change of record.changes) {
    const known = paths.get(change.path);
    if (known === undefined) paths.set(change.path, [change]);
    else known.push(change);
  }
  return [...paths.values()].reverse();
}

/** Prints `restored`, `already` or `changed`. */
export function undoScript(
  runFolder: string,
  changes: PathChanges,
  written: RunRecord["written"],
  dryRun: boolean,
): string {
  const [first, last] = [changes[0], changes.at(-1)!];
  return `${scriptHead(runFolder, first.path)}
is_before() { ${stateBefore(first)}; }
is_after() { ${stateAfter(last, written)}; }
${changes.slice(0, -1).map((one, index) => `is_step${index}() { ${stateAfter(one, written)}; }`).join("\n")}
if is_before; then echo already; exit 0; fi
if ! is_after${
    changes.slice(0, -1).map((_, index) => ` && ! is_step${index}`).join("")
  }; then echo changed; exit 0; fi
${dryRun ? "" : restoreSteps(first)}
echo restored`;
}

const file = (digest: string): string => `[ -f "$p" ] && [ ! -L "$p" ] && [ "$(sha "$p")" = ${digest} ]`;
const link = (target: string): string => `[ -L "$p" ] && [ "$(readlink "$p")" = ${quote(target)} ]`;

function stateBefore(change: FileChange): string {
  switch (change.kind) {
    case "text":
      return change.before === null ? `absent "$p"` : file(sha256(change.before));
    case "link":
      return change.before === null ? `absent "$p"` : link(change.before);
    case "copy":
      return `absent "$p"`;
    case "append":
      return `[ -f "$p" ] && [ "$(size "$p")" = ${change.lengthBefore} ]`;
    case "command":
      return `absent "$b" || cmp -s "$p" "$b"`;
  }
}

function stateAfter(change: FileChange, written: RunRecord["written"]): string {
  switch (change.kind) {
    case "text":
      return change.after === null ? `absent "$p"` : file(sha256(change.after));
    case "link":
      return change.after === null ? `absent "$p"` : link(change.after);
    case "copy":
      return `[ -f "$p" ] && [ "$(size "$p")" = ${change.sizeBytes} ]`;
    case "append":
      return `[ -f "$p" ] && [ "$(size "$p")" = ${change.lengthBefore + change.contentBytes} ] && ` +
        `[ "$(tail -c ${change.contentBytes} "$p" | sha256sum | cut -c1-64)" = ${change.contentSha256} ]`;
    case "command":
      return file(written[change.path] ?? "none");
  }
}

/** Puts the state before the first change of a path in place, by a rename as well. */
function restoreSteps(first: FileChange): string {
  const remove = `rm -f "$p"; persist "$(dirname "$p")"`;
  const fromBackup = `folder "$(dirname "$p")"; cp -a "$b" "$t"; place`;
  switch (first.kind) {
    case "text":
      return first.before === null ? remove : fromBackup;
    case "command":
      return fromBackup;
    case "copy":
      return remove;
    case "link":
      return first.before === null
        ? remove
        : `rm -f "$t"; ln -s ${quote(first.before)} "$t"; mv -fT "$t" "$p"; persist "$(dirname "$p")"`;
    case "append":
      return `attributes "$p" "$t"; head -c ${first.lengthBefore} <"$p" >"$t"; ${
        first.patch === undefined ? "" : `${patchSteps(first.patch.offset, first.patch.before)}; `
      }place`;
  }
}
