/**
 * Remembers what was read of a guest, because each question costs a round trip to the appliance (about
 * 0.1 s under emulation). Only for times in which nothing is written.
 *
 * @module
 */
import { basename, dirname } from "@std/path";
import type { GuestFiles } from "./files.ts";

/**
 * Guest files that answer each question once. What the listing of a directory has shown to be absent is
 * not asked for at all, so readers list a directory first and then name whatever they look for in it.
 */
export class CachedFiles implements GuestFiles {
  readonly #files: GuestFiles;
  readonly #answers = new Map<string, Promise<unknown>>();
  readonly #listings = new Map<string, Promise<readonly string[]>>();

  /** Remembers the answers of these files. */
  constructor(files: GuestFiles) {
    this.#files = files;
  }

  /** The files with a cache: the same object when they have one. */
  static over(files: GuestFiles): CachedFiles {
    return files instanceof CachedFiles ? files : new CachedFiles(files);
  }

  /** {@inheritDoc GuestFiles.readText} */
  async readText(path: string): Promise<string | null> {
    if (await this.#isKnownAbsent(path)) return null;
    return await this.#once(`text ${path}`, () => this.#files.readText(path));
  }

  /** {@inheritDoc GuestFiles.exists} */
  async exists(path: string): Promise<boolean> {
    if (await this.#isKnownAbsent(path)) return false;
    return await this.#once(`exists ${path}`, () => this.#files.exists(path));
  }

  /** {@inheritDoc GuestFiles.list} */
  async list(directory: string): Promise<readonly string[]> {
    const known = this.#listings.get(directory);
    if (known !== undefined) return await known;
    if (await this.#isKnownAbsent(directory)) return [];
    const listing = this.#files.list(directory);
    this.#listings.set(directory, listing);
    return await listing;
  }

  /** {@inheritDoc GuestFiles.sizeBytes} */
  async sizeBytes(path: string): Promise<number | null> {
    if (await this.#isKnownAbsent(path)) return null;
    return await this.#once(`size ${path}`, () => this.#files.sizeBytes(path));
  }

  /** {@inheritDoc GuestFiles.realPath} */
  async realPath(path: string): Promise<string | null> {
    if (await this.#isKnownAbsent(path)) return null;
    return await this.#once(`real ${path}`, () => this.#files.realPath(path));
  }

  /** {@inheritDoc GuestFiles.readLink} */
  async readLink(path: string): Promise<string | null> {
    if (await this.#isKnownAbsent(path)) return null;
    return await this.#once(`link ${path}`, () => this.#files.readLink(path));
  }

  /** Copies a file to the host; not remembered. */
  download(path: string, hostPath: string): Promise<void> {
    return this.#files.download(path, hostPath);
  }

  /** Packs a directory to the host; not remembered. */
  downloadTar(directory: string, hostPath: string): Promise<void> {
    return this.#files.downloadTar(directory, hostPath);
  }

  /** Whether a listing that was made before shows that nothing is at the path. */
  async #isKnownAbsent(path: string): Promise<boolean> {
    for (let child = path; child !== "/" && child !== "."; child = dirname(child)) {
      const listing = await this.#listings.get(dirname(child));
      if (listing !== undefined && !listing.includes(basename(child))) return true;
    }
    return false;
  }

  #once<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(key) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const answer = ask();
    this.#answers.set(key, answer);
    return answer;
  }
}
