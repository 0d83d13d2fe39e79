/**
 * Writing a definition beside the disks, and putting it into libvirt.
 *
 * @module
 */
import { dirname } from "@std/path";
import { callLibvirt } from "./calls.ts";
import type { DefinedDomain, DefineRequest } from "./requests.ts";

export type { DefinedDomain, DefineRequest };

/** What {@linkcode defineDomain} takes. */
export interface DefineOptions extends DefineRequest {
  /** Gives up waiting when aborted; a call that libvirt has begun ends by itself. */
  readonly signal?: AbortSignal;
}

/** Writes a definition: complete under its name, or not there at all. */
export async function writeDefinition(xml: string, path: string): Promise<void> {
  const partial = `${path}.partial`;
  await Deno.writeTextFile(partial, xml);
  using file = await Deno.open(partial);
  await file.sync();
  await Deno.rename(partial, path);
  using folder = await Deno.open(dirname(path));
  await folder.sync();
}

/**
 * Makes a persistent domain, checked against libvirt's schema.
 *
 * @throws {MigrateError} `usage/output-exists` when there is one of that name and `replace` is off, or when it
 * runs; `library/missing`; `libvirt/failed`; `run/cancelled`
 */
export async function defineDomain(options: DefineOptions): Promise<DefinedDomain> {
  const { signal, ...request } = options;
  return await callLibvirt("define", request, signal === undefined ? {} : { signal });
}
