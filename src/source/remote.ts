/**
 * Inputs on other machines: a table from URL schemes to what gets at them.
 *
 * @module
 */
import type { FoundMachine, SourceContext } from "./source.ts";

/** A file that was fetched, or a machine whose disks stay where they are. */
export type RemoteInput =
  | { readonly path: string }
  | { readonly found: FoundMachine & { readonly kind: string } };

/** Gets at an input. */
export type Reach = (address: string, context: SourceContext) => Promise<RemoteInput>;

/** The schemes; each loads its module when it is used. */
const REMOTES: Readonly<Record<string, Reach>> = {
  ssh: async (address, context) =>
    context.job.stream
      ? { found: await (await import("./ssh/stream.ts")).streamOverSsh(address, context) }
      : { path: await (await import("./ssh/ssh.ts")).fetchForRun(address, context) },
  vsphere: async (address, context) => ({
    found: await (await import("./vsphere/stream/stream_vm.ts")).streamFromVsphere(address, context),
  }),
};

/** Gets at a remote input; the path itself for what is local. */
export async function reach(address: string, context: SourceContext): Promise<RemoteInput> {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase();
  const remote = scheme === undefined ? undefined : REMOTES[scheme];
  return remote === undefined ? { path: address } : await remote(address, context);
}
