/**
 * Temporary folders for tests.
 *
 * @module
 */
import { join } from "@std/path";

/** A folder that is removed when it goes out of scope. */
export class TempFolder implements AsyncDisposable {
  /** Absolute path. */
  readonly path: string;
  /** What is closed before the folder goes. */
  readonly resources: AsyncDisposableStack = new AsyncDisposableStack();

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes one. */
  static async create(): Promise<TempFolder> {
    return new TempFolder(await Deno.makeTempDir({ prefix: "hyper2kvm-test-" }));
  }

  /** A path inside. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** Removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.resources.disposeAsync();
    await Deno.remove(this.path, { recursive: true });
  }

  /** Names of what is inside the folder, or inside a folder of it; sorted. */
  async names(inside = ""): Promise<string[]> {
    const names: string[] = [];
    for await (const entry of Deno.readDir(this.file(inside))) names.push(entry.name);
    return names.toSorted();
  }
}
