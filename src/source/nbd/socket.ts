/**
 * Unix sockets over which qemu reads what is no local file that it understands.
 *
 * @module
 */
import { join } from "@std/path";
import type { DiskFormat } from "../../model/disk.ts";
import type { SourceContext } from "../source.ts";

/** Longest path of a Unix socket in bytes (unix(7)), less the name of the socket itself. */
const MAX_FOLDER_BYTES = 107 - 16;

/**
 * Makes a folder for sockets, closed with the run: in the work folder, or in the system's temporary folder where
 * that has too long a path.
 */
export async function socketFolder({ workDir, resources }: SourceContext): Promise<string> {
  const work = await workDir();
  const isShort = new TextEncoder().encode(join(work, "nbd-12345678")).length <= MAX_FOLDER_BYTES;
  const path = await Deno.makeTempDir(isShort ? { dir: work, prefix: "nbd-" } : { prefix: "h2k-nbd-" });
  resources.defer(() => Deno.remove(path, { recursive: true }));
  return path;
}

/** A description of an image behind a socket. */
export interface NbdNode {
  /** The driver that reads the image. */
  readonly driver: DiskFormat;
  /** The socket. */
  readonly file: Readonly<Record<string, unknown>>;
  /** Of a raw image: where it starts in the file, in bytes. */
  readonly offset?: number;
  /** Of a raw image: its length in bytes. */
  readonly size?: number;
  /** Of an image that may name another below it: that there is none. */
  readonly backing?: null;
}

/** What qemu opens for an image behind a socket (QAPI types BlockdevOptionsNbd and SocketAddress). */
export function nbdNode(socket: string, format: DiskFormat): NbdNode {
  return { driver: format, file: { driver: "nbd", server: { type: "unix", path: socket } } };
}
