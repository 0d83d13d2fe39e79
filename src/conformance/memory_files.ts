/**
 * A guest's files in memory, for tests that need no disk: links, directories and all.
 *
 * @module
 */
import { basename, dirname, join } from "@std/path";
import type { GuestFiles } from "../guest/files.ts";
import { MigrateError } from "../model/error.ts";
import { runCommand } from "../run/command.ts";

/** One entry: text, bytes, or a symbolic link. */
export type MemoryEntry = string | Uint8Array | { readonly link: string };

/** How many links are followed before the path counts as dangling, as in Linux. */
const MAX_LINKS = 40;
/** The limit that {@linkcode GuestFiles.readText} promises. */
const MAX_TEXT_BYTES = 4 * 1024 * 1024;

/** Guest files over a map from absolute path to content; directories exist where files are below them. */
export class MemoryFiles implements GuestFiles {
  readonly #entries = new Map<string, MemoryEntry>();
  /** Every call in order, such as `readText /etc/fstab`: what a test counts round trips with. */
  readonly calls: string[] = [];

  /** Takes the files by absolute path. */
  constructor(entries: Readonly<Record<string, MemoryEntry>> = {}) {
    for (const [path, entry] of Object.entries(entries)) this.set(path, entry);
  }

  /** Adds or replaces a file. */
  set(path: string, entry: MemoryEntry): void {
    if (!path.startsWith("/")) throw new TypeError(`Cannot set ${path}: the path is not absolute.`);
    this.#entries.set(normal(path), entry);
  }

  /** Removes a file, or a directory with all that is below it. */
  delete(path: string): void {
    const target = normal(path);
    for (const key of [...this.#entries.keys()]) {
      if (key === target || key.startsWith(`${target}/`)) this.#entries.delete(key);
    }
  }

  /** The paths of all entries, sorted. */
  paths(): readonly string[] {
    return [...this.#entries.keys()].sort();
  }

  /** {@inheritDoc GuestFiles.readText} */
  // deno-lint-ignore require-await
  async readText(path: string): Promise<string | null> {
    this.calls.push(`readText ${path}`);
    const bytes = this.#bytes(path);
    if (bytes === null) return null;
    if (bytes.length > MAX_TEXT_BYTES) throw unreadable(path, "it is over 4 MiB");
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw unreadable(path, "it is not UTF-8", cause);
    }
  }

  /** {@inheritDoc GuestFiles.exists} */
  // deno-lint-ignore require-await
  async exists(path: string): Promise<boolean> {
    this.calls.push(`exists ${path}`);
    return this.#resolve(path) !== null;
  }

  /** {@inheritDoc GuestFiles.list} */
  // deno-lint-ignore require-await
  async list(directory: string): Promise<readonly string[]> {
    this.calls.push(`list ${directory}`);
    const real = this.#resolve(directory);
    if (real === null) return [];
    const prefix = real === "/" ? "/" : `${real}/`;
    const names = new Set<string>();
    for (const key of this.#entries.keys()) {
      const name = key.startsWith(prefix) ? key.slice(prefix.length).split("/")[0] : undefined;
      if (name) names.add(name);
    }
    return [...names].sort();
  }

  /** {@inheritDoc GuestFiles.sizeBytes} */
  // deno-lint-ignore require-await
  async sizeBytes(path: string): Promise<number | null> {
    this.calls.push(`sizeBytes ${path}`);
    return this.#bytes(path)?.length ?? null;
  }

  /** {@inheritDoc GuestFiles.realPath} */
  // deno-lint-ignore require-await
  async realPath(path: string): Promise<string | null> {
    this.calls.push(`realPath ${path}`);
    return this.#resolve(path);
  }

  /** {@inheritDoc GuestFiles.readLink} */
  // deno-lint-ignore require-await
  async readLink(path: string): Promise<string | null> {
    this.calls.push(`readLink ${path}`);
    const folder = this.#resolve(dirname(path));
    const entry = folder === null ? undefined : this.#entries.get(join(folder, basename(path)));
    return typeof entry === "object" && "link" in entry ? entry.link : null;
  }

  /** {@inheritDoc GuestFiles.download} */
  async download(path: string, hostPath: string): Promise<void> {
    this.calls.push(`download ${path}`);
    const bytes = this.#bytes(path);
    if (bytes === null) {
      throw new MigrateError("guestfs/failed", `Cannot download ${path}: it does not exist.`);
    }
    await Deno.writeFile(hostPath, bytes);
  }

  /** Packs a directory with the system's tar; names start with `./`, as tar-out of libguestfs gives them. */
  async downloadTar(directory: string, hostPath: string): Promise<void> {
    this.calls.push(`downloadTar ${directory}`);
    const real = this.#resolve(directory);
    if (real === null) {
      throw new MigrateError("guestfs/failed", `Cannot pack ${directory}: it does not exist.`);
    }
    const folder = await Deno.makeTempDir({ prefix: "memory_files_" });
    try {
      const prefix = real === "/" ? "/" : `${real}/`;
      for (const [key, entry] of this.#entries) {
        if (key.startsWith(prefix)) await writeEntry(join(folder, key.slice(prefix.length)), entry);
      }
      await runCommand("tar", ["-C", folder, "-cf", hostPath, "."]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }

  #bytes(path: string): Uint8Array | null {
    const real = this.#resolve(path);
    const entry = real === null ? undefined : this.#entries.get(real);
    if (typeof entry === "string") return new TextEncoder().encode(entry);
    return entry instanceof Uint8Array ? entry : null;
  }

  /** Follows every link of a path; null when nothing is there. */
  #resolve(path: string): string | null {
    let todo = normal(path).split("/").filter(Boolean);
    let done = "";
    let links = 0;
    while (todo.length > 0) {
      const name = todo.shift()!;
      const here = `${done}/${name}`;
      const entry = this.#entries.get(here);
      if (typeof entry === "object" && "link" in entry) {
        if (++links > MAX_LINKS) return null;
        const target = entry.link.startsWith("/") ? entry.link : `${done}/${entry.link}`;
        todo = [...normal(target).split("/").filter(Boolean), ...todo];
        done = "";
      } else if (entry !== undefined && todo.length > 0) return null;
      else done = here;
    }
    return done === "" ? "/" : this.#present(done) ? done : null;
  }

  #present(path: string): boolean {
    if (this.#entries.has(path)) return true;
    for (const key of this.#entries.keys()) if (key.startsWith(`${path}/`)) return true;
    return false;
  }
}

function unreadable(path: string, reason: string, cause?: unknown): MigrateError {
  return new MigrateError("guest/unsupported", `Cannot read ${path}: ${reason}.`, { cause });
}

async function writeEntry(path: string, entry: MemoryEntry): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  if (typeof entry === "string") await Deno.writeTextFile(path, entry);
  else if (entry instanceof Uint8Array) await Deno.writeFile(path, entry);
  else await Deno.symlink(entry.link, path);
}

/** The path without empty, `.` and `..` components. */
function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
