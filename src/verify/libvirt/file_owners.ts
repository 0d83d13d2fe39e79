/**
 * libvirt gives the files of a domain to the user that it runs QEMU as, and does not give images that others may
 * read back. After a proof they belong to whom they belonged before.
 *
 * @module
 */

interface Owner {
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
}

/** The owners of some files, as they were. */
export class FileOwners implements AsyncDisposable {
  readonly #before: readonly Owner[];

  private constructor(before: readonly Owner[]) {
    this.#before = before;
  }

  /** Notes the owners of files. */
  static async keep(paths: readonly string[]): Promise<FileOwners> {
    return new FileOwners(await Promise.all(paths.map(ownerOf)));
  }

  /** Gives back what has another owner now; only root can, and for others libvirt is that of their session. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { path, uid, gid } of this.#before) {
      const now = await ownerOf(path);
      if ((now.uid !== uid || now.gid !== gid) && Deno.uid() === 0) await Deno.chown(path, uid, gid);
    }
  }
}

async function ownerOf(path: string): Promise<Owner> {
  const { uid, gid } = await Deno.stat(path);
  return { path, uid: uid ?? 0, gid: gid ?? 0 };
}
