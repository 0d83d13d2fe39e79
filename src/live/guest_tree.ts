/**
 * What is known of a guest's files without asking: names, kinds, lengths, where links point. A path is there, or
 * not, or behind a folder that was not looked into yet.
 *
 * @module
 */
import { join } from "@std/path";

/** One file, folder or link. */
export interface TreeEntry {
  /** As find(1) names it with `%y`: `f`, `d`, `l`, and others for what is neither. */
  readonly kind: string;
  /** Length in bytes. */
  readonly sizeBytes: number;
  /** Where a link points, as written in it; empty for all else. */
  readonly link: string;
}

/** Where a path leads. */
export type Resolved =
  | { readonly state: "found"; readonly path: string; readonly entry: TreeEntry }
  | { readonly state: "absent" }
  /** The folder, links resolved, whose content decides. */
  | { readonly state: "unknown"; readonly folder: string };

/** As in Linux. */
const MAX_LINKS = 40;
const ROOT: TreeEntry = { kind: "d", sizeBytes: 0, link: "" };

/** Entries by absolute path. */
export class GuestTree {
  readonly #entries = new Map<string, TreeEntry>([["/", ROOT]]);
  readonly #complete = new Set<string>();

  /** Adds an entry. */
  add(path: string, entry: TreeEntry): void {
    this.#entries.set(path, entry);
  }

  /** Says that every entry of a folder has been added. */
  complete(folder: string): void {
    this.#complete.add(folder);
  }

  /** Follows every link of a path; with `last` false not one at its end. */
  resolve(path: string, last = true): Resolved {
    let todo = parts(path);
    let at = "/";
    for (let links = 0; todo.length > 0;) {
      const name = todo.shift()!;
      if (name === "..") {
        at = join(at, "..");
        continue;
      }
      const here = join(at, name);
      const entry = this.#entries.get(here);
      if (entry === undefined) {
        return this.#complete.has(at) ? { state: "absent" } : { state: "unknown", folder: at };
      }
      if (entry.kind === "l" && (last || todo.length > 0)) {
        if (++links > MAX_LINKS) return { state: "absent" };
        todo = [...parts(entry.link), ...todo];
        if (entry.link.startsWith("/")) at = "/";
      } else if (todo.length > 0 && entry.kind !== "d") return { state: "absent" };
      else at = here;
    }
    return { state: "found", path: at, entry: this.#entries.get(at) ?? ROOT };
  }

  /** Names in a folder that `resolve` has found, sorted; undefined when it was not looked into yet. */
  names(folder: string): readonly string[] | undefined {
    if (!this.#complete.has(folder)) return undefined;
    const prefix = folder === "/" ? "/" : `${folder}/`;
    return [...this.#entries.keys()]
      .filter((path) => path.length > prefix.length && path.startsWith(prefix))
      .map((path) => path.slice(prefix.length))
      .filter((name) => !name.includes("/"))
      .sort();
  }
}

function parts(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}
