/**
 * Which files of a folder belong together: a description with the disks that it names, a disk with its options.
 *
 * @module
 */
import { dirname, join, relative } from "@std/path";
import { parse } from "@std/yaml";
import { EXPORT_FILE } from "../source/vsphere/exported.ts";
import { LOOK_BYTES, referencesIn, relativeReference } from "../source/ssh/references.ts";

/** A file that was seen in a folder. */
export interface SeenFile {
  /** Path relative to the watched folder. */
  readonly path: string;
  /** Length in bytes. */
  readonly sizeBytes: number;
  /** Time of the last change, in milliseconds since 1970. */
  readonly mtimeMs: number;
}

/** What a file is to the watcher. */
export type Role =
  /** It is converted; `names` are the files of the folder that it needs. */
  | { readonly role: "source"; readonly names: readonly string[] }
  /** A job file; `names` are the sources in it, `isReadable` is false when it does not parse (yet). */
  | { readonly role: "job"; readonly names: readonly string[]; readonly isReadable: boolean }
  /** Options for the source of the same name. */
  | { readonly role: "sidecar" }
  /** Something else, such as an extent or a manifest. */
  | { readonly role: "other" };

/** Names that end so are converted, by themselves or as descriptions. */
const SOURCES =
  /\.(vmdk|vhd|vhdx|vdi|qcow2?|img|raw|ova|ovf|vmx|zip|tar|tgz|txz|(?:tar|vmdk|vhd|vhdx|vdi|qcow2|img|raw)\.(?:gz|xz|zst))$/i;
/** Parts of a VMDK: extents, snapshots' data, change tracking. */
const PARTS = /-(flat|delta|sesparse|ctk|rdmp?|[sf]\d{3})\.vmdk$/i;
/** Texts that name other files. */
const DESCRIPTIONS = /\.(vmdk|vmx|ovf)$/i;
const JOBS = /\.(ya?ml|json)$/i;
/** Keys that name what a job file converts, here and in the Python hyper2kvm. */
const INPUT_KEYS = ["source", "vms", "vmdk", "ova", "ovf", "vhd", "ami", "raw", "cmd", "command"] as const;
/** Names that are never looked at: hidden files, and those that copying programs use until a file is complete. */
export function isUnfinishedName(name: string): boolean {
  return name.startsWith(".") || /(~|\.(part|partial|tmp|temp|crdownload|filepart|download))$/i.test(name);
}

/** Reads what a file is; only descriptions and job files are opened. */
export async function roleOf(folder: string, file: SeenFile): Promise<Role> {
  const name = file.path.split("/").at(-1)!;
  const local = (names: readonly string[]): string[] => inFolder(folder, file.path, names);
  if (name === EXPORT_FILE) {
    const names = exportedDisks(await head(join(folder, file.path)));
    return names === null ? { role: "other" } : { role: "source", names: local(names) };
  }
  if (JOBS.test(name)) return jobRole(await head(join(folder, file.path)), local);
  if (!SOURCES.test(name) || PARTS.test(name)) return { role: "other" };
  if (!DESCRIPTIONS.test(name)) return { role: "source", names: [] };
  return { role: "source", names: local(referencesIn(await head(join(folder, file.path)))) };
}

function jobRole(text: string, local: (names: readonly string[]) => string[]): Role {
  let content: unknown;
  try {
    content = parse(text);
  } catch {
    // Half a file, or a bad one: time will tell.
    return { role: "job", names: [], isReadable: false };
  }
  if (!isMapping(content)) return { role: "job", names: [], isReadable: false };
  const machines = Array.isArray(content.vms) ? content.vms.filter(isMapping) : [];
  if (!INPUT_KEYS.some((key) => key in content)) return { role: "sidecar" };
  const named = [content, ...machines].flatMap((one) => INPUT_KEYS.flatMap((key) => one[key] ?? []));
  return {
    role: "job",
    names: local(named.filter((one) => typeof one === "string" && SOURCES.test(one)) as string[]),
    isReadable: true,
  };
}

/** Disks that a `source.json` names; null for another file of that name. */
function exportedDisks(text: string): string[] | null {
  try {
    const { disks } = JSON.parse(text);
    return Array.isArray(disks) && disks.every((disk) => typeof disk?.file === "string")
      ? disks.map((disk) => disk.file)
      : null;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

/** The names that lie in the watched folder, relative to it. */
function inFolder(folder: string, path: string, names: readonly string[]): string[] {
  const own = dirname(join(folder, path));
  return names.filter((name) => !name.includes("://")).flatMap((name) => {
    const inside = relativeReference(name, own);
    if (inside !== null) return [relative(folder, join(own, inside))];
    const absolute = name.startsWith(`${folder}/`) ? relativeReference(name, folder) : null;
    return absolute === null ? [] : [absolute];
  });
}

async function head(path: string): Promise<string> {
  using file = await Deno.open(path);
  const buffer = new Uint8Array(LOOK_BYTES);
  let length = 0;
  for (let read; length < buffer.length && (read = await file.read(buffer.subarray(length))) !== null;) {
    length += read;
  }
  return new TextDecoder().decode(buffer.subarray(0, length));
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
