/**
 * The output folder of a run: its lock, its journal, and what a killed run left in it.
 *
 * @module
 */
import { exists, removeIfThere } from "../run/files.ts";
import { dirname, join } from "@std/path";
import { partialPath } from "../disk/copy.ts";
import { MigrateError } from "../model/error.ts";
import { FolderLock } from "../run/lock.ts";
import { removeStale } from "../run/workdir.ts";
import { Journal, JOURNAL_NAME } from "./journal.ts";

/** An output folder that this run works in; released on dispose. */
export class RunFolder implements AsyncDisposable {
  /** Absolute path. */
  readonly path: string;
  #lock: FolderLock | undefined;
  #journal: Journal | undefined;
  #held: Promise<void> | undefined;
  #made: Promise<Journal> | undefined;
  readonly #folders: string[] = [];

  /** Names a folder; nothing is done yet. */
  constructor(path: string) {
    this.path = path;
  }

  /** The journal, when there is one already. */
  get journal(): Journal | undefined {
    return this.#journal;
  }

  /**
   * Takes the lock and opens the journal, as far as the folder is there. What stands in the way of writing is for
   * the preflight to say.
   *
   * @throws {MigrateError} `run/busy`
   */
  async enter(): Promise<void> {
    try {
      if (this.#lock !== undefined || !(await Deno.stat(this.path)).isDirectory) return;
      this.#lock = await FolderLock.take(this.path);
    } catch (error) {
      if (isObstacle(error)) return;
      throw error;
    }
    if (await exists(join(this.path, JOURNAL_NAME))) await this.#open();
  }

  /**
   * Makes the folder, its lock and its journal.
   *
   * @throws {MigrateError} `run/busy`
   */
  make(): Promise<Journal> {
    return this.#made ??= this.#make();
  }

  /**
   * Makes the folder and takes its lock: from here on something may be written.
   *
   * @throws {MigrateError} `run/busy`
   */
  hold(): Promise<void> {
    return this.#held ??= this.#hold();
  }

  async #hold(): Promise<void> {
    if (this.#lock !== undefined) return;
    for (let path = this.path; !await exists(path); path = dirname(path)) this.#folders.push(path);
    await Deno.mkdir(this.path, { recursive: true });
    this.#lock = await FolderLock.take(this.path);
    if (!await exists(join(this.path, JOURNAL_NAME))) return;
    throw new MigrateError(
      "run/busy",
      `Cannot write to ${this.path}: another run was there in the meantime.`,
      {
        hint: "Run the same command again.",
      },
    );
  }

  async #make(): Promise<Journal> {
    await this.hold();
    return this.#journal ?? await this.#open();
  }

  /** Opens the journal, and removes the temporary files of a run that was killed. */
  async #open(): Promise<Journal> {
    this.#journal = Journal.open(this.path);
    await removeStale(this.path);
    for (const machine of this.#journal.machines()) {
      for (const path of machine.claims) await removeIfThere(partialPath(path));
    }
    return this.#journal;
  }

  /** Closes the journal, releases the lock, and removes folders that it made and that stayed empty. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#journal?.[Symbol.dispose]();
    this.#journal = undefined;
    await this.#lock?.[Symbol.asyncDispose]();
    this.#lock = undefined;
    for (const folder of this.#folders) {
      for await (const _entry of Deno.readDir(folder)) return;
      await Deno.remove(folder);
    }
  }
}

function isObstacle(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.PermissionDenied ||
    ["EROFS", "EACCES", "ENOTDIR", "ENOSPC"].includes((error as { code?: string }).code ?? "");
}
