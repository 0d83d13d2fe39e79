/**
 * DiskDiscovery: what the user named becomes one virtual machine with its disks. Nothing is copied and
 * nothing is opened for writing.
 *
 * @module
 */
import { basename, extname } from "@std/path";
import { MigrateError } from "../model/error.ts";
import type { DiscoveredSource } from "../model/source.ts";
import { readHead } from "../source/input/input_head.ts";
import { reach } from "../source/remote.ts";
import { type FoundMachine, type InputHead, type Source, type SourceJob, SOURCES } from "../source/source.ts";

/** What discovery needs. */
export interface DiskDiscoveryOptions {
  /** The job: its sources, and the kind and name where the user gives them. */
  readonly job: SourceJob;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Makes the folder for temporary files when it is first needed. */
  readonly workDir: () => Promise<string>;
  /** Closed when nothing reads the disks any longer: some are served by programs that run as long. */
  readonly resources: AsyncDisposableStack;
}

/** Finds the disks of one virtual machine. */
export class DiskDiscovery {
  readonly #options: DiskDiscoveryOptions;

  /** Prepares a discovery; nothing is read yet. */
  constructor(options: DiskDiscoveryOptions) {
    this.#options = options;
  }

  /**
   * Reads every named disk; several make one machine, in the order given.
   *
   * @throws {MigrateError} `source/missing`, `source/damaged`, `source/unsupported`, `permission/denied` or
   * `plugin/failed`
   */
  async discover(): Promise<DiscoveredSource> {
    const { job } = this.#options;
    const [first] = job.source;
    if (first === undefined) {
      throw new MigrateError("usage/missing-argument", "Cannot convert: no SOURCE is given.", {
        hint: "Name a disk: hyper2kvm convert disk.vmdk -o out",
      });
    }
    const sources = [...SOURCES, ...await pluginSources(job.plugins ?? [])];
    const select = (head: InputHead, kind?: string): Source => selectSource(head, kind, sources);
    const found: (FoundMachine & { readonly kind: string })[] = [];
    const context = { ...this.#options, select, depth: 0 };
    for (const address of job.source) {
      const input = await reach(address, context);
      if ("found" in input) found.push(input.found);
      else {
        const head = await readHead(input.path);
        const source = select(head, job.kind);
        found.push({ kind: source.kind, ...await source.read(head, context) });
      }
    }
    return {
      kind: found[0]?.kind ?? "",
      location: first,
      name: job.name ?? found[0]?.name ?? nameOf(first),
      disks: found.flatMap((one) => one.disks),
      machine: found.find((one) => one.machine !== undefined)?.machine ?? { nics: [] },
      concerns: found.flatMap((one) => one.concerns ?? []),
      digests: found.flatMap((one) => one.digests ?? []),
    };
  }
}

/** The kinds that plugins add; most runs have none, and need not load what loads them. */
async function pluginSources(files: readonly string[]): Promise<readonly Source[]> {
  if (files.length === 0) return [];
  const { loadPlugins } = await import("../plugin/load.ts");
  return (await loadPlugins(files)).sources;
}

/** The name of a machine whose only name is its disk's: `web-01.vmdk` and `web-01.raw.xz` give `web-01`. */
export function nameOf(path: string): string {
  const file = basename(path).replace(/(?<=.)\.(gz|xz|zst)$/i, "");
  const stem = file.slice(0, file.length - extname(file).length);
  return stem.replaceAll(/[^A-Za-z0-9._+-]/g, "_").replace(/^[.-]+/, "") || "vm";
}

/**
 * Picks the kind of an input by its content.
 *
 * @throws {MigrateError} `source/unsupported` with what was found and what is accepted
 */
export function selectSource(
  head: InputHead,
  forced?: string,
  sources: readonly Source[] = SOURCES,
): Source {
  if (forced !== undefined) {
    const source = sources.find((one) => one.kind === forced);
    if (source !== undefined) return source;
    throw new MigrateError("usage/bad-value", `Cannot read as "${forced}": there is no such kind.`, {
      hint: `Kinds: ${sources.map((one) => one.kind).join(", ")}.`,
    });
  }
  const source = sources.find((one) => one.matches(head));
  if (source !== undefined) return source;
  const start = [...head.bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const found = head.sizeBytes === 0
    ? "the file is empty"
    : `${head.sizeBytes} bytes that begin with ${start} are no known disk`;
  throw new MigrateError("source/unsupported", `Cannot read ${head.path}: ${found}.`, {
    hint: `Accepted: ${sources.map((one) => one.title).join(", ")}. --kind forces one.`,
  });
}
