/**
 * The files beside a report that its page shows: screenshots of the boot proof, and definitions.
 *
 * @module
 */
import type { Report } from "../model/report.ts";

/** The last screenshot of each boot proof, by path. */
export async function screenshots(report: Report): Promise<ReadonlyMap<string, Uint8Array>> {
  return await readAll(report.vms.map((vm) => vm.proof?.screenshots.at(-1)));
}

/** The definitions, by path. */
export async function definitions(report: Report): Promise<ReadonlyMap<string, string>> {
  const files = await readAll(report.vms.map((vm) => vm.definition));
  return new Map([...files].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)]));
}

/** The content of files; one that has been removed since is left out. */
async function readAll(paths: readonly (string | undefined)[]): Promise<Map<string, Uint8Array>> {
  const contents = new Map<string, Uint8Array>();
  for (const path of paths) {
    if (path === undefined) continue;
    try {
      contents.set(path, await Deno.readFile(path));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return contents;
}
