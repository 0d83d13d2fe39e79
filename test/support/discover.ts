/**
 * Discovery as a test starts it.
 *
 * @module
 */
import { join } from "@std/path";
import type { DiscoveredSource } from "../../src/model/source.ts";
import { DiskDiscovery } from "../../src/orchestrator/disk_discovery.ts";
import type { SourceJob } from "../../src/source/source.ts";

/** Reads a source; without a folder, a kind that wants to unpack fails the test. */
export async function discover(
  source: string | readonly string[],
  { workIn, ...job }: Partial<SourceJob> & { readonly workIn?: string } = {},
): Promise<DiscoveredSource> {
  const workDir = async (): Promise<string> => {
    if (workIn === undefined) throw new Error("this source needs no unpacking");
    const path = join(workIn, "work");
    await Deno.mkdir(path, { recursive: true });
    return path;
  };
  const all = { kind: undefined, name: undefined, ...job, source: [source].flat() };
  const { signal } = new AbortController();
  return await new DiskDiscovery({ job: all, signal, workDir, resources: new AsyncDisposableStack() })
    .discover();
}
