/**
 * When to look into a folder: at once when the kernel reports a change, and at intervals in any case, because there are
 * folders of which it reports nothing (NFS, FUSE, a kernel out of inotify watches).
 *
 * @module
 */
import { relative } from "@std/path";

/** Changes within this time are looked at together, in milliseconds. */
const GATHER_MS = 100;

/** What wakes the watcher. */
export class Wake implements Disposable {
  readonly #watcher: Deno.FsWatcher | undefined;
  readonly #reading: Promise<void>;
  #bell = Promise.withResolvers<void>();
  /** Why the kernel does not report changes; undefined when it does. */
  readonly obstacle: string | undefined;

  /**
   * Listens for changes in a folder.
   *
   * @param onMoved Called with the relative path of whatever is moved into the folder
   * @param watch Asks the kernel; for tests
   */
  constructor(
    folder: string,
    onMoved: (path: string) => void,
    watch: (folder: string) => Deno.FsWatcher = Deno.watchFs,
  ) {
    try {
      this.#watcher = watch(folder);
    } catch (error) {
      this.obstacle = (error as Error).message;
    }
    this.#reading = this.#read(folder, onMoved);
  }

  /** Wakes the watcher now. */
  ring(): void {
    this.#bell.resolve();
  }

  /** Waits until something happens, for so many milliseconds at most. */
  async wait(limitMs: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([
      this.#bell.promise,
      new Promise<void>((resolve) => timer = setTimeout(resolve, limitMs)),
    ]);
    clearTimeout(timer);
    // A file that is being written rings all the time.
    await new Promise((resolve) => setTimeout(resolve, Math.min(GATHER_MS, limitMs)));
    this.#bell = Promise.withResolvers<void>();
  }

  async #read(folder: string, onMoved: (path: string) => void): Promise<void> {
    if (this.#watcher === undefined) return;
    for await (const { kind, paths } of this.#watcher) {
      // Reading wakes nobody, or the watcher would wake itself.
      if (kind === "access") continue;
      if (kind === "rename") { for (const path of paths) onMoved(relative(folder, path)); }
      if (paths.some((path) => !relative(folder, path).startsWith("."))) this.ring();
    }
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    this.#watcher?.close();
    this.ring();
  }

  /** Resolves when nothing is listened to any more. */
  async closed(): Promise<void> {
    await this.#reading;
  }
}
