/**
 * Inputs on other machines: a table from URL schemes to what fetches them.
 *
 * @module
 */
import type { SourceContext } from "./source.ts";

/** Fetches an input and returns the path of the local file to read. */
export type Fetch = (address: string, context: SourceContext) => Promise<string>;

/** The schemes; each loads its module when it is used. */
const REMOTES: Readonly<Record<string, Fetch>> = {
  ssh: async (address, context) => await (await import("./ssh/ssh.ts")).fetchForRun(address, context),
};

/** Fetches a remote input; null for what is a local path. */
export async function fetchRemote(address: string, context: SourceContext): Promise<string | null> {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase();
  const fetch = scheme === undefined ? undefined : REMOTES[scheme];
  return fetch === undefined ? null : await fetch(address, context);
}
