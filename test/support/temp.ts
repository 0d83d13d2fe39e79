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
    await Deno.remove(this.path, { recursive: true });
  }
}
