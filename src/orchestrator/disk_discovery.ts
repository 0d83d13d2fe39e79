/**
 * DiskDiscovery: what the user named becomes one virtual machine with its disks. Nothing is copied and
 * nothing is opened for writing.
 *
 * @module
 */
import { basename, extname } from "@std/path";
import { MigrateError } from "../model/error.ts";
import type { DiscoveredSource } from "../model/source.ts";
import { type FoundMachine, type InputHead, type Source, SOURCES } from "../source/source.ts";
import type { Job } from "../config/schema.ts";

/** What discovery needs. */
export interface DiskDiscoveryOptions {
  /** The job: its sources, and the kind and name where the user gives them. */
  readonly job: Pick<Job, "source" | "kind" | "name">;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Makes the folder for temporary files when it is first needed. */
  readonly workDir: () => Promise<string>;
}

const HEAD_BYTES = 128 * 1024;
const TAIL_BYTES = 512;

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
   * @throws {MigrateError} `source/missing`, `source/damaged`, `source/unsupported` or `permission/denied`
   */
  async discover(): Promise<DiscoveredSource> {
    const { job } = this.#options;
    const [first] = job.source;
    if (first === undefined) {
      throw new MigrateError("usage/missing-argument", "Cannot convert: no SOURCE is given.", {
        hint: "Name a disk: hyper2kvm convert disk.vmdk -o out",
      });
    }
    const found: (FoundMachine & { readonly kind: string })[] = [];
    for (const path of job.source) {
      const head = await readHead(path);
      const source = selectSource(head, job.kind);
      found.push({ kind: source.kind, ...await source.read(head, this.#options) });
    }
    return {
      kind: found[0]?.kind ?? "",
      location: first,
      name: job.name ?? found[0]?.name ?? nameOf(first),
      disks: found.flatMap((one) => one.disks),
      machine: found.find((one) => one.machine !== undefined)?.machine ?? { nics: [] },
      concerns: found.flatMap((one) => one.concerns ?? []),
    };
  }
}

/** The name of a machine whose only name is its disk's: `web-01.vmdk` gives `web-01`. */
export function nameOf(path: string): string {
  const file = basename(path);
  const stem = file.slice(0, file.length - extname(file).length);
  return stem.replaceAll(/[^A-Za-z0-9._+-]/g, "_").replace(/^[.-]+/, "") || "vm";
}

/**
 * Picks the kind of an input by its content.
 *
 * @throws {MigrateError} `source/unsupported` with what was found and what is accepted
 */
export function selectSource(head: InputHead, forced?: string): Source {
  if (forced !== undefined) {
    const source = SOURCES.find((one) => one.kind === forced);
    if (source !== undefined) return source;
    throw new MigrateError("usage/bad-value", `Cannot read as "${forced}": there is no such kind.`, {
      hint: `Kinds: ${SOURCES.map((one) => one.kind).join(", ")}.`,
    });
  }
  const source = SOURCES.find((one) => one.matches(head));
  if (source !== undefined) return source;
  const start = [...head.bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const found = head.sizeBytes === 0
    ? "the file is empty"
    : `${head.sizeBytes} bytes that begin with ${start} are no known disk`;
  throw new MigrateError("source/unsupported", `Cannot read ${head.path}: ${found}.`, {
    hint: `Accepted: ${SOURCES.map((one) => one.title).join(", ")}. --kind forces one.`,
  });
}

async function readHead(path: string): Promise<InputHead> {
  try {
    const stat = await Deno.stat(path);
    if (stat.isDirectory) {
      throw new MigrateError("source/unsupported", `Cannot read ${path}: it is a folder.`, {
        hint: "Name the disk file itself.",
      });
    }
    using file = await Deno.open(path, { read: true });
    const bytes = await readAt(file, 0, HEAD_BYTES);
    const tail = await readAt(file, Math.max(0, stat.size - TAIL_BYTES), TAIL_BYTES);
    return { path, bytes, tail, sizeBytes: stat.size };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new MigrateError("source/missing", `Cannot read ${path}: there is no such file.`, {
        hint: "Check the path; relative paths start at the current folder.",
        cause: error,
      });
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new MigrateError("permission/denied", `Cannot read ${path}: permission denied.`, {
        hint: "Run as a user who may read it, or change its mode.",
        cause: error,
      });
    }
    throw error;
  }
}

async function readAt(file: Deno.FsFile, offset: number, wanted: number): Promise<Uint8Array> {
  await file.seek(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(wanted);
  let length = 0;
  for (let read; length < wanted && (read = await file.read(bytes.subarray(length))) !== null;) {
    length += read;
  }
  return bytes.subarray(0, length);
}
