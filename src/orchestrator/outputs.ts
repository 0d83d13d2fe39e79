/**
 * Names in the output folder.
 *
 * @module
 */
import { join } from "@std/path";
import type { DiscoveredSource } from "../model/source.ts";

/** Paths of the disks: `NAME.qcow2`, `NAME-2.qcow2` and so on; `diskName` where it is not the machine's. */
export function outputPaths(
  folder: string,
  source: DiscoveredSource,
  format: string,
  diskName: string = source.name,
): string[] {
  return source.disks.map((_disk, index) =>
    join(folder, `${diskName}${index === 0 ? "" : `-${index + 1}`}.${format}`)
  );
}

/** Path of the libvirt definition. */
export function definitionPath(folder: string, name: string): string {
  return join(folder, `${name}.xml`);
}

/** Folder of console logs and screenshots. */
export function evidencePath(folder: string): string {
  return join(folder, "evidence");
}
