/**
 * What the fixes of text files have in common: a change only where the text differs, recorded under the
 * file's real path.
 *
 * @module
 */
import { basename, dirname } from "@std/path";
import type { GuestFiles } from "../guest/files.ts";
import type { Change, LeftAlone, TextChange } from "../model/change.ts";
import type { Concern } from "../model/concern.ts";
import type { FixPlan } from "./fix.ts";

/** Collects what a fix plans. */
export class PlanDraft {
  readonly #fix: string;
  readonly #changes: Change[] = [];
  readonly #leftAlone: LeftAlone[] = [];
  readonly #concerns: Concern[] = [];

  /** Starts an empty plan of the fix with this id. */
  constructor(fix: string) {
    this.#fix = fix;
  }

  /**
   * Edits, creates or deletes a file; equal texts are no change. A link is followed, so that the file behind
   * it is edited and the link stays.
   */
  async edit(
    files: GuestFiles,
    edit: Pick<TextChange, "path" | "before" | "after" | "why" | "mode" | "secret">,
  ): Promise<void> {
    if (edit.before === edit.after) return;
    const path = edit.before === null || edit.after === null
      ? edit.path
      : await files.realPath(edit.path) ?? edit.path;
    if (this.#changes.some((one) => one.path === path)) return; // one file under two names
    this.#changes.push({ kind: "text", fix: this.#fix, ...edit, path });
  }

  /**
   * Makes a symbolic link, points it elsewhere, or removes it (`after` null); an equal target is no change. A
   * file in its place is deleted by {@linkcode PlanDraft.edit} before.
   */
  async link(files: GuestFiles, path: string, after: string | null, why: string): Promise<void> {
    const folder = await files.realPath(dirname(path)) ?? dirname(path);
    const real = `${folder}/${basename(path)}`;
    const before = await files.readLink(real);
    if (before === after || this.#changes.some((one) => one.kind === "link" && one.path === real)) return;
    this.#changes.push({ kind: "link", fix: this.#fix, path: real, before, after, why });
  }

  /** Copies a file to a path where nothing is. */
  async copy(files: GuestFiles, from: string, path: string, why: string): Promise<void> {
    const source = await files.realPath(from) ?? from;
    const sizeBytes = await files.sizeBytes(source);
    if (sizeBytes === null || await files.exists(path)) return;
    this.#changes.push({ kind: "copy", fix: this.#fix, path, from: source, sizeBytes, why });
  }

  /** Notes what was looked at and not touched; the same note twice counts once. */
  leave(reason: string, path?: string): void {
    if (this.#leftAlone.some((one) => one.reason === reason && one.path === path)) return;
    this.#leftAlone.push({ fix: this.#fix, reason, ...(path === undefined ? {} : { path }) });
  }

  /** Notes what a person should know; the same note twice counts once. */
  warn(concern: Concern): void {
    if (this.#concerns.some((one) => one.id === concern.id && one.message === concern.message)) return;
    this.#concerns.push(concern);
  }

  /** The plan. */
  finish(): FixPlan {
    return { changes: this.#changes, leftAlone: this.#leftAlone, concerns: this.#concerns };
  }
}
