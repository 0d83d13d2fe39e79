/**
 * Puts the program into a system and takes it out again: what was put in place is written down, and exactly that is
 * removed.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { dirname, join } from "@std/path";
import { MigrateError } from "../model/error.ts";
import { exists, removeIfThere } from "../run/files.ts";
import { VERSION } from "../version.ts";

/** A file to install. */
export interface InstallFile {
  /** Path below the prefix. */
  readonly path: string;
  /** What is in it. */
  readonly content: Uint8Array<ArrayBuffer> | string;
  /** Its mode. */
  readonly mode: number;
}

/** What was installed. */
interface Manifest {
  readonly version: string;
  /** SHA-256 by path below the prefix. */
  readonly files: Readonly<Record<string, string>>;
  /** Folders that were made, paths below the prefix. */
  readonly folders: readonly string[];
}

/** Where the list of what was installed is, below the prefix. */
export const MANIFEST = "share/hyper2kvm/installed.json";

/**
 * Installs files, in place of those of an earlier version.
 *
 * @returns The paths
 * @throws {MigrateError} `usage/output-exists` for a file that is not of an earlier installation
 */
export async function install(prefix: string, files: readonly InstallFile[]): Promise<string[]> {
  const before = await readManifest(prefix);
  for (const { path } of files) {
    if (before?.files[path] !== undefined || !await exists(join(prefix, path))) continue;
    throw new MigrateError(
      "usage/output-exists",
      `Cannot install ${join(prefix, path)}: it is there already.`,
      {
        hint: "It is of no earlier installation: remove it, or choose another --prefix.",
      },
    );
  }
  const folders = new Set(before?.folders ?? []);
  const all = [...files.map((one) => one.path), MANIFEST];
  for (const path of all) await makeFolders(prefix, dirname(path), folders);
  const manifest: Manifest = {
    version: VERSION,
    files: { ...before?.files, ...Object.fromEntries(files.map((one) => [one.path, hashOf(one.content)])) },
    folders: [...folders],
  };
  // The list comes first: what a stop leaves half done can be removed by it.
  await write(prefix, { path: MANIFEST, content: `${JSON.stringify(manifest, null, 2)}\n`, mode: 0o644 });
  for (const file of files) await write(prefix, file);
  for (const path of Object.keys(before?.files ?? {})) {
    if (!all.includes(path)) await removeIfThere(join(prefix, path));
  }
  return all.map((path) => join(prefix, path));
}

/** What an uninstallation has done. */
export interface Uninstalled {
  /** Files that were removed. */
  readonly removed: readonly string[];
  /** Files that were changed since they were installed, and stay. */
  readonly kept: readonly string[];
}

/**
 * Removes what was installed.
 *
 * @throws {MigrateError} `source/missing` where nothing was
 */
export async function uninstall(prefix: string): Promise<Uninstalled> {
  const manifest = await readManifest(prefix);
  if (manifest === null) {
    throw new MigrateError("source/missing", `Cannot uninstall: nothing was installed below ${prefix}.`, {
      hint: "Name the folder that it was installed under with --prefix.",
    });
  }
  const removed: string[] = [], kept: string[] = [];
  for (const [name, hash] of Object.entries(manifest.files)) {
    const path = join(prefix, name);
    if (!await exists(path)) continue;
    if (hashOf(await Deno.readFile(path)) === hash) {
      await Deno.remove(path);
      removed.push(path);
    } else kept.push(path);
  }
  await Deno.remove(join(prefix, MANIFEST));
  for (const folder of manifest.folders.toSorted((one, other) => other.length - one.length)) {
    const path = join(prefix, folder);
    if (!await exists(path)) continue;
    if ((await Array.fromAsync(Deno.readDir(path))).length === 0) await Deno.remove(path);
  }
  return { removed: [...removed, join(prefix, MANIFEST)], kept };
}

async function makeFolders(prefix: string, folder: string, made: Set<string>): Promise<void> {
  const missing: string[] = [];
  for (let path = folder; path !== "." && !await exists(join(prefix, path)); path = dirname(path)) {
    missing.push(path);
  }
  await Deno.mkdir(join(prefix, folder), { recursive: true });
  for (const path of missing) made.add(path);
}

/** Writes a file, complete or not at all; also over the binary that runs. */
async function write(prefix: string, { path, content, mode }: InstallFile): Promise<void> {
  const target = join(prefix, path);
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await Deno.writeFile(`${target}.partial`, bytes);
  await Deno.chmod(`${target}.partial`, mode);
  await Deno.rename(`${target}.partial`, target);
}

async function readManifest(prefix: string): Promise<Manifest | null> {
  try {
    return JSON.parse(await Deno.readTextFile(join(prefix, MANIFEST))) as Manifest;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

const hashOf = (content: Uint8Array | string): string => createHash("sha256").update(content).digest("hex");
