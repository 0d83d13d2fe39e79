/**
 * Which files a thread may read that reads foreign data.
 *
 * @module
 */
import { dirname, resolve } from "@std/path";

/**
 * The reading that a thread gets for an input: the folder of the input, or, where the program itself may not read all
 * of that folder, as in a sandbox, what the program may read.
 */
export function folderOf(path: string): { readonly read: string[] | "inherit" } {
  const folder = dirname(resolve(path));
  const { state } = Deno.permissions.querySync({ name: "read", path: folder });
  return { read: state === "granted" ? [folder] : "inherit" };
}
