/**
 * Descriptors that qemu misreads: its pattern for an extent skips white space, line ends too, so that an extent
 * counts once more for every empty line before it (qemu 7.2, vmdk_parse_extents).
 *
 * @module
 */
import { join, resolve } from "@std/path";
import type { Link } from "./chain.ts";

/** Whether qemu would see an extent of a descriptor file more than once. */
export function isMisread({ descriptor, text }: Link): boolean {
  return descriptor !== null && text !== undefined &&
    /\n[ \t\r]*\n\s*(?:RW|RDONLY|NOACCESS)\s+\d/.test(text);
}

/** Writes a descriptor of the same extents without empty lines into the work folder; returns its path. */
export async function writeClean({ descriptor, extents }: Link, workDir: string): Promise<string> {
  const { cid = "", parentCid = "", createType = "", extents: lines = [] } = descriptor ?? {};
  const folder = await Deno.makeTempDir({ dir: workDir, prefix: "vmdk-" });
  const files = extents.values();
  const text = [
    "# Disk DescriptorFile",
    "version=1",
    `CID=${cid}`,
    `parentCID=${parentCid}`,
    `createType="${createType}"`,
  ];
  const links = new Map<string, string>();
  for (const { sectors, type, file, offsetSectors } of lines) {
    if (file === "") {
      text.push(`RW ${sectors} ${type}`);
      continue;
    }
    const target = resolve(files.next().value ?? "");
    // The names of the links are ours: a path may hold what a descriptor cannot.
    const link = links.get(target) ?? `extent-${links.size + 1}`;
    if (!links.has(target)) await Deno.symlink(target, join(folder, link));
    links.set(target, link);
    text.push(`RW ${sectors} ${type} "${link}"${type === "FLAT" ? ` ${offsetSectors}` : ""}`);
  }
  const path = join(folder, "disk.vmdk");
  await Deno.writeTextFile(path, `${text.join("\n")}\n`);
  return path;
}
