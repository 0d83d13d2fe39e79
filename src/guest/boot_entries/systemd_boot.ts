/**
 * Which entry systemd-boot starts by default (loader.conf(5)).
 *
 * @module
 */
import type { BlsEntry } from "./bls.ts";

/**
 * The position of the default among sorted entries: the first that matches the pattern of `default` in
 * loader.conf, else the first.
 */
export function systemdBootDefault(entries: readonly BlsEntry[], loaderConf: string): number {
  const pattern = /^\s*default\s+(\S+)/m.exec(loaderConf)?.[1];
  if (pattern === undefined || pattern.startsWith("@")) return 0;
  const matches = globMatcher(pattern);
  const index = entries.findIndex((entry) => matches.test(entry.id) || matches.test(`${entry.id}.conf`));
  return Math.max(0, index);
}

/** The expression of a pattern with `*` and `?`, in any case as file names on FAT. */
export function globMatcher(pattern: string): RegExp {
  const source = pattern.replaceAll(/[.+^${}()|\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
  return new RegExp(`^${source}$`, "i");
}
