/**
 * A guest's files as they will be: what is there, with planned changes on top. Nothing is written.
 *
 * @module
 */
import { basename, dirname, join } from "@std/path";
import type { GuestFiles } from "../guest/files.ts";
import type { AppendChange, Change, CopyChange, LinkChange } from "../model/change.ts";
import { patchFile } from "./patch_file.ts";
import { MigrateError } from "../model/error.ts";

/** Guest files with pending changes. Paths of changes have their links resolved (see `realPath`). */
export class PlannedFiles implements GuestFiles {
  readonly #files: GuestFiles;
  readonly #texts = new Map<string, string | null>();
  readonly #appends = new Map<string, AppendChange[]>();
  readonly #links = new Map<string, string | null>();
  readonly #copies = new Map<string, CopyChange>();

  /** Puts a view over these files. */
  constructor(files: GuestFiles) {
    this.#files = files;
  }

  /**
   * Adds a change to the view.
   *
   * @throws {Error} when it does not start from the content that the view shows: it was planned on other files
   */
  async add(change: Change): Promise<void> {
    if (change.kind === "append") {
      this.#appends.set(change.path, [...this.#appends.get(change.path) ?? [], change]);
      return;
    }
    if (change.kind === "command") return; // what it will write is not known
    if (change.kind === "size") return; // no file
    if (change.kind === "link") return await this.#addLink(change);
    if (change.kind === "copy") {
      if (await this.exists(change.path)) throw new Error(`${change.path} is there already`);
      this.#copies.set(change.path, change);
      return;
    }
    if (change.before !== await this.readText(change.path)) {
      throw new Error(`the change of ${change.path} starts from another content than the file has`);
    }
    this.#texts.set(change.path, change.after);
  }

  /** {@inheritDoc GuestFiles.readText} */
  async readText(path: string): Promise<string | null> {
    const target = this.#linkTarget(path);
    if (target !== undefined) return target === null ? null : await this.readText(target);
    const planned = this.#texts.get(path);
    return planned === undefined ? await this.#files.readText(path) : planned;
  }

  /** {@inheritDoc GuestFiles.exists} */
  async exists(path: string): Promise<boolean> {
    const target = this.#linkTarget(path);
    if (target !== undefined) return target !== null && await this.exists(target);
    if (this.#copies.has(path)) return true;
    const planned = this.#texts.get(path);
    if (planned !== undefined) return planned !== null;
    return this.#isNewFolder(path) || await this.#files.exists(path);
  }

  /** {@inheritDoc GuestFiles.list} */
  async list(directory: string): Promise<readonly string[]> {
    const names = new Set(await this.#files.list(directory));
    const prefix = directory === "/" ? "/" : `${directory}/`;
    for (const [path, text] of this.#texts) {
      if (!path.startsWith(prefix)) continue;
      if (text !== null) names.add(path.slice(prefix.length).split("/")[0]!);
      else if (dirname(path) === directory) names.delete(basename(path));
    }
    for (const path of [...this.#links.keys(), ...this.#copies.keys()]) {
      if (!path.startsWith(prefix)) continue;
      if (this.#links.get(path) !== null) names.add(path.slice(prefix.length).split("/")[0]!);
      else if (dirname(path) === directory) names.delete(basename(path));
    }
    return [...names].sort();
  }

  /** {@inheritDoc GuestFiles.sizeBytes} */
  async sizeBytes(path: string): Promise<number | null> {
    const target = this.#linkTarget(path);
    if (target !== undefined) return target === null ? null : await this.sizeBytes(target);
    const copy = this.#copies.get(path);
    if (copy !== undefined) return copy.sizeBytes;
    const planned = this.#texts.get(path);
    if (planned !== undefined) return planned === null ? null : new TextEncoder().encode(planned).length;
    const last = this.#appends.get(path)?.at(-1);
    return last === undefined ? await this.#files.sizeBytes(path) : last.lengthBefore + last.contentBytes;
  }

  /** {@inheritDoc GuestFiles.realPath} */
  async realPath(path: string): Promise<string | null> {
    const target = this.#linkTarget(path);
    if (target !== undefined) return target === null ? null : await this.realPath(target);
    if (this.#copies.has(path)) return path;
    const planned = this.#texts.get(path);
    if (planned !== undefined) return planned === null ? null : path;
    return await this.#files.realPath(path);
  }

  /** {@inheritDoc GuestFiles.readLink} */
  async readLink(path: string): Promise<string | null> {
    const planned = this.#links.get(path);
    if (planned !== undefined) return planned;
    return this.#texts.has(path) || this.#copies.has(path) ? null : await this.#files.readLink(path);
  }

  /** Copies a file to the host as it will be. */
  async download(path: string, hostPath: string): Promise<void> {
    const copy = this.#copies.get(path);
    if (copy !== undefined) return await this.download(copy.from, hostPath);
    const planned = this.#texts.get(path);
    if (planned === null) throw new MigrateError("fix/failed", `Cannot download ${path}: a fix deletes it.`);
    if (planned !== undefined) return await Deno.writeTextFile(hostPath, planned);
    await this.#files.download(path, hostPath);
    for (const append of this.#appends.get(path) ?? []) {
      await Deno.truncate(hostPath, append.lengthBefore);
      using source = await Deno.open(append.contentFile);
      using target = await Deno.open(hostPath, { append: true });
      await source.readable.pipeTo(target.writable);
      if (append.patch !== undefined) await patchFile(hostPath, append.patch);
    }
  }

  /**
   * Packs a directory to the host.
   *
   * @throws {MigrateError} `fix/failed` when a change below it is pending: the archive would not have it
   */
  async downloadTar(directory: string, hostPath: string): Promise<void> {
    const planned = [this.#texts, this.#appends, this.#links, this.#copies].flatMap((map) => [...map.keys()]);
    const pending = planned.find((path) => path.startsWith(`${directory}/`));
    if (pending !== undefined) {
      throw new MigrateError("fix/failed", `Cannot pack ${directory}: a change of ${pending} is planned.`);
    }
    await this.#files.downloadTar(directory, hostPath);
  }

  async #addLink({ path, before, after }: LinkChange): Promise<void> {
    if (before !== await this.readLink(path)) {
      throw new Error(`the change of the link ${path} starts from another target than it has`);
    }
    if (before === null && await this.exists(path)) throw new Error(`${path} is there already`);
    this.#links.set(path, after);
  }

  /** The absolute target of a planned link; null when the link is removed, undefined when none is planned. */
  #linkTarget(path: string): string | null | undefined {
    const target = this.#links.get(path);
    if (target === undefined || target === null) return target;
    return target.startsWith("/") ? target : join(dirname(path), target);
  }

  #isNewFolder(path: string): boolean {
    return [...this.#texts, ...this.#links].some(([planned, content]) =>
      content !== null && planned.startsWith(`${path}/`)
    ) || [...this.#copies.keys()].some((planned) => planned.startsWith(`${path}/`));
  }
}
