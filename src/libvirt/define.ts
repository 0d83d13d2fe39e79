/**
 * Writing a definition beside the disks, and putting it into libvirt.
 *
 * @module
 */
import { dirname } from "@std/path";
import { cancelled, MigrateError } from "../model/error.ts";
import type { DefinedDomain, DefineOutcome, DefineRequest } from "./define_now.ts";

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
 * Makes a persistent domain, checked against libvirt's schema. In a Worker: a call to a daemon, above all a
 * remote one, blocks its thread.
 *
 * @throws {MigrateError} `usage/output-exists` when there is one of that name and `replace` is off, or when it
 * runs; `library/missing`; `libvirt/failed`; `run/cancelled`
 */
export async function defineDomain(options: DefineOptions): Promise<DefinedDomain> {
  const { signal, ...request } = options;
  if (signal?.aborted) throw cancelled("define");
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "libvirt" });
  const { promise, resolve, reject } = Promise.withResolvers<DefineOutcome>();
  const stop = (): void => reject(cancelled("define"));
  signal?.addEventListener("abort", stop, { once: true });
  worker.onmessage = ({ data }: MessageEvent<DefineOutcome>): void => resolve(data);
  worker.onerror = (event): void => {
    event.preventDefault();
    reject(
      new MigrateError("run/internal", `Cannot run the libvirt worker: ${event.message}`, {
        stage: "define",
      }),
    );
  };
  try {
    worker.postMessage(request);
    const outcome = await promise;
    if (outcome.ok) return outcome.domain;
    const { code, message, hint } = outcome.error;
    throw new MigrateError(code, message, { stage: "define", ...(hint === undefined ? {} : { hint }) });
  } finally {
    signal?.removeEventListener("abort", stop);
    worker.terminate();
  }
}
