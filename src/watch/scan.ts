/**
 * What is in a watched folder: machines and job files with everything that belongs to them.
 *
 * @module
 */
import { basename, dirname, join } from "@std/path";
import { nameOf } from "../orchestrator/disk_discovery.ts";
import { EXPORT_FILE } from "../source/vsphere/exported.ts";
import { isUnfinishedName, type Role, roleOf, type SeenFile } from "./belongings.ts";

/** The folders that finished and failed sources are moved to. */
export const DONE = "done";
/** See {@linkcode DONE}. */
export const FAILED = "failed";

/** Something that may be complete. */
export interface Candidate {
  /** What is converted: path relative to the folder. */
  readonly path: string;
  /** Name of the machine. */
  readonly name: string;
  /** What it is. */
  readonly kind: "source" | "job";
  /** It and everything that belongs to it. */
  readonly files: readonly SeenFile[];
  /** Files that it names and that are not there yet. */
  readonly missing: readonly string[];
  /** False for a job file that does not parse: perhaps it is still being written. */
  readonly isReadable: boolean;
}

interface Known {
  readonly file: SeenFile;
  readonly role: Role;
}

/**
 * Looks into a folder and the folders in it.
 *
 * @param skip Absolute paths of folders that are not looked into, such as the output
 */
export async function scan(folder: string, skip: ReadonlySet<string> = new Set()): Promise<Candidate[]> {
  const files = await filesIn(folder, skip);
  const known = new Map<string, Known>();
  for (const file of files) {
    try {
      known.set(file.path, { file, role: await roleOf(folder, file) });
    } catch (error) {
      // It was moved away in this moment.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  for (const [path, one] of known) known.set(path, withPackage(one, known));
  const claimed = new Set(
    [...known.values()].flatMap(({ file, role }) =>
      "names" in role ? role.names.filter((name) => name !== file.path) : []
    ),
  );
  const candidates = [...known.values()].filter(({ file }) => !claimed.has(file.path)).flatMap((
    { file, role },
  ) => role.role === "source" || role.role === "job" ? [candidate(file, role, known)] : []);
  // A file that does not parse beside a source is its options, not a job.
  const beside = new Set(
    candidates.flatMap((one) => one.files.filter(({ path }) => path !== one.path)).map((one) => one.path),
  );
  return candidates.filter((one) => one.kind === "source" || !beside.has(one.path));
}

/** An exported machine with the OVF around the same disks, which would be the machine a second time. */
function withPackage(one: Known, known: ReadonlyMap<string, Known>): Known {
  const { file: { path }, role } = one;
  if (role.role !== "source" || basename(path) !== EXPORT_FILE) return one;
  const packages = [...known].filter(([other, { role: its }]) =>
    /\.ovf$/i.test(other) && dirname(other) === dirname(path) && its.role === "source" &&
    its.names.length > 0 && its.names.every((name) => role.names.includes(name))
  );
  return { ...one, role: { ...role, names: [...role.names, ...packages.map(([other]) => other)] } };
}

function candidate(
  file: SeenFile,
  role: Extract<Role, { role: "source" | "job" }>,
  known: ReadonlyMap<string, Known>,
): Candidate {
  const paths = new Set([file.path]);
  const missing = new Set<string>();
  const follow = (names: readonly string[]): void => {
    for (const name of names) {
      const named = known.get(name);
      if (named === undefined) missing.add(name);
      else if (!paths.has(name)) {
        paths.add(name);
        if ("names" in named.role) follow(named.role.names);
      }
    }
  };
  follow(role.names);
  for (const path of [...paths]) {
    for (const beside of companions(path, known)) paths.add(beside);
  }
  const own = basename(file.path) === EXPORT_FILE ? basename(dirname(file.path)) : file.path;
  return {
    path: file.path,
    name: nameOf(own),
    kind: role.role,
    files: [...paths].map((path) => known.get(path)!.file),
    missing: [...missing],
    isReadable: [...paths].every((path) => isReadable(known.get(path)!)),
  };
}

const isReadable = ({ role }: Known): boolean => role.role !== "job" || role.isReadable;

/** The options beside a file, and the manifest and certificate of an OVF. */
function companions(path: string, known: ReadonlyMap<string, Known>): string[] {
  const stem = path.slice(0, path.length - basename(path).length) + nameStem(path);
  const options = [path, stem].flatMap((name) => ["yaml", "yml", "json"].map((end) => `${name}.${end}`))
    .filter((name) => name !== path && isOptions(known.get(name)));
  const signed = /\.ovf$/i.test(path) ? ["mf", "cert"].map((end) => `${stem}.${end}`) : [];
  return [...options, ...signed].filter((name) => known.has(name));
}

function isOptions(known: Known | undefined): boolean {
  return known !== undefined && (known.role.role === "sidecar" || !isReadable(known));
}

/** The options beside a source, in the order in which they are merged. */
export function sidecarsOf(path: string, files: readonly { readonly path: string }[]): string[] {
  return files.map((one) => one.path).filter((name) =>
    name !== path && /\.(ya?ml|json)$/i.test(name) && basename(name) !== EXPORT_FILE
  ).toSorted((one, other) => one.length - other.length);
}

function nameStem(path: string): string {
  return basename(path).replace(/(?<=.)\.(gz|xz|zst)$/i, "").replace(/(?<=.)\.[^.]+$/, "");
}

async function filesIn(folder: string, skip: ReadonlySet<string>): Promise<SeenFile[]> {
  const files: SeenFile[] = [];
  const look = async (inside: string, isTop: boolean): Promise<void> => {
    for await (const entry of Deno.readDir(join(folder, inside))) {
      if (isUnfinishedName(entry.name)) continue;
      const path = join(inside, entry.name);
      if (entry.isDirectory) {
        const isOurs = [DONE, FAILED].includes(entry.name) || skip.has(join(folder, path));
        if (isTop && !isOurs) await look(path, false);
        continue;
      }
      const file = await seen(folder, path);
      if (file !== null) files.push(file);
    }
  };
  await look("", true);
  return files.toSorted((one, other) => one.path < other.path ? -1 : 1);
}

/** A regular file, links followed; null for anything else. */
export async function seen(folder: string, path: string): Promise<SeenFile | null> {
  try {
    const { isFile, size, mtime } = await Deno.stat(join(folder, path));
    return isFile ? { path, sizeBytes: size, mtimeMs: mtime?.getTime() ?? 0 } : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
