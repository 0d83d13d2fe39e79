/**
 * Makes planned changes on a running guest, one file after the other, each kept in the record of the run before.
 *
 * @module
 */
import { join } from "@std/path";
import { readBack } from "../fix/linux/initramfs/read_back.ts";
import { cancelled, MigrateError } from "../model/error.ts";
import type { CommandChange, FileChange } from "../model/change.ts";
import type { Concern } from "../model/concern.ts";
import { quote } from "../ssh/arguments.ts";
import { changeScript, cleanScript, partialPath, placeScript, rebuildScript } from "./change_script.ts";
import { UNVERIFIED } from "./check_script.ts";
import { type RemoteRoot, scriptError } from "./remote_root.ts";
import type { RunRecord, RunRecords } from "./run_record.ts";

/** How changes are made. */
export interface LiveApplyOptions {
  /** Root on the guest. */
  readonly root: RemoteRoot;
  /** The records of the guest's runs, locked. */
  readonly records: RunRecords;
  /** Folder of the host for temporary files. */
  readonly workDir: string;
  /** Stops between two changes. */
  readonly signal: AbortSignal;
  /** Drivers that the machine runs on: an initramfs must not lose one. */
  readonly drivers: ReadonlySet<string>;
  /** Is told what is done next. */
  readonly onChange?: (change: FileChange) => void;
  /** Is told what has been done. */
  readonly onDone?: (change: FileChange) => void;
}

/** What was done. */
export interface LiveApplied {
  /** The record: with the changes of runs that were cut off. */
  readonly record: RunRecord;
  /** What a person should know. */
  readonly concerns: readonly Concern[];
}

/**
 * Makes every change in order, going on with the record of a run that was cut off.
 *
 * @throws {MigrateError} `fix/failed` naming the fix and the file, `space/full`, `guest/unsupported` for a filesystem
 * that became read-only, `network/failed`, `run/cancelled`
 */
export async function applyLive(
  changes: readonly FileChange[],
  options: LiveApplyOptions,
): Promise<LiveApplied> {
  const { root, records, signal } = options;
  const before = await records.unfinished();
  const concerns: Concern[] = [];
  if (before.changes.length > 0) {
    await root.must(
      "tidy up after a run that was cut off",
      cleanScript(before.changes.map(({ path }) => path)),
    );
  }
  if (before.changes.length + changes.length === 0) return { record: before, concerns };
  let record: RunRecord = { ...before, changes: [...before.changes, ...changes] };
  await records.write(record);
  for (const change of changes) {
    if (signal.aborted) throw cancelled("fix");
    options.onChange?.(change);
    const folder = records.folderOf(record.id);
    if (change.kind === "command") {
      const sha256 = await rebuild(folder, change, options);
      record = { ...record, written: { ...record.written, [change.path]: sha256 } };
      await records.write(record);
      options.onDone?.(change);
      continue;
    }
    const content = change.kind === "append" ? await Deno.readFile(change.contentFile) : undefined;
    const { script, stdin } = changeScript(folder, change, content);
    const said = await run(root, change, script, stdin);
    if (said.includes(UNVERIFIED)) concerns.push(unverified(change.path));
    options.onDone?.(change);
  }
  return { record, concerns };
}

async function run(
  root: RemoteRoot,
  change: FileChange,
  script: string,
  stdin?: Uint8Array,
): Promise<string> {
  const { status, stdout, stderr } = await root.run(script, stdin);
  if (status === 0) return stdout;
  throw scriptError(`apply ${change.fix} to ${change.path}`, stderr);
}

/** Rebuilds beside the old image, reads the result here, and puts it in place when it has what it must have. */
async function rebuild(folder: string, change: CommandChange, options: LiveApplyOptions): Promise<string> {
  const { root, workDir, signal, drivers } = options;
  await run(root, change, rebuildScript(folder, change));
  const partial = quote(partialPath(change.path));
  try {
    const [before, after] = await Promise.all(
      [change.path, partialPath(change.path)].map(async (path, index) => {
        const copy = join(workDir, `initramfs-${index}`);
        await Deno.writeFile(copy, await root.bytes(`cat <${quote(path)}`));
        const read = await readBack(copy, change, signal);
        await Deno.remove(copy);
        return read;
      }),
    );
    if (after!.fault !== null) throw incomplete(change, after!.fault);
    const lost = [...drivers].filter((driver) => before!.modules.has(driver) && !after!.modules.has(driver));
    if (lost.length > 0) throw incomplete(change, `its image has no ${lost.join(", ")}`);
  } catch (error) {
    await root.run(`rm -f ${partial}`);
    throw error;
  }
  return (await run(root, change, placeScript(folder, change.path))).trim();
}

function incomplete(change: CommandChange, fault: string): MigrateError {
  const program = change.command.join(" ");
  return new MigrateError(
    "fix/failed",
    `Cannot rebuild ${change.path}: ${program} succeeded, but ${fault}.`,
    {
      stage: "fix",
      hint: "The old image is in place. Leave out --initramfs rebuild: the drivers are then added to it.",
    },
  );
}

function unverified(path: string): Concern {
  return {
    id: "live/unverified",
    severity: "information",
    message:
      `The guest's findmnt cannot verify ${path} (util-linux before 2.30); its devices were looked up all the same.`,
    hint: "Look at the diff of the file in the report.",
  };
}
