/**
 * Reads a text file as it grows.
 *
 * @module
 */

/** A text file that something else appends to; it need not exist yet. */
export class FileFollower implements Disposable {
  readonly #path: string;
  readonly #decoder = new TextDecoder();
  readonly #buffer = new Uint8Array(64 * 1024);
  #file: Deno.FsFile | undefined;

  /** Follows a file from its beginning. */
  constructor(path: string) {
    this.#path = path;
  }

  /** What was added since the last call; empty when nothing was, or the file does not exist yet. */
  async read(): Promise<string> {
    this.#file ??= await openIfThere(this.#path);
    let text = "";
    for (let count; (count = await this.#file?.read(this.#buffer) ?? 0) > 0;) {
      text += this.#decoder.decode(this.#buffer.subarray(0, count), { stream: true });
    }
    return text;
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file?.close();
    this.#file = undefined;
  }
}

async function openIfThere(path: string): Promise<Deno.FsFile | undefined> {
  try {
    return await Deno.open(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
