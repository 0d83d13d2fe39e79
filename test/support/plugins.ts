/**
 * The example plugins by path.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";

/** Path of an example. */
export function pluginPath(name: "tiny_disk" | "motd" | "stamp" | "csv"): string {
  return fromFileUrl(new URL(`./plugins/${name}.ts`, import.meta.url));
}
