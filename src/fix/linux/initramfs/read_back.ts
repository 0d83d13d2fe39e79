/**
 * Reads what a program of the guest has written: an initramfs, or a unified kernel image with one in it. These
 * programs can succeed with a useless image.
 *
 * @module
 */
import type { CommandChange } from "../../../model/change.ts";
import { MigrateError } from "../../../model/error.ts";
import { removeIfThere } from "../../../run/files.ts";
import { readUnified, type UnifiedImage } from "../unified_kernels/unified_image.ts";
import { modulesInTree } from "./augment.ts";
import { type Image, mergeImages, readImage } from "./image.ts";

/** What an image holds. */
export interface Rebuilt {
  /** Its modules for the kernel of the change: name to path. */
  readonly modules: ReadonlyMap<string, string>;
  /** What keeps it from being used, such as `its image has no virtio_blk`; null for nothing. */
  readonly fault: string | null;
}

/**
 * Reads an image on the host and judges it by what the change promises.
 *
 * @throws {MigrateError} `guest/unsupported` when it is no initramfs or damaged, `tool/missing`, `run/cancelled`
 */
export async function readBack(path: string, change: CommandChange, signal: AbortSignal): Promise<Rebuilt> {
  const unified = change.unified === undefined ? null : await openUnified(path, signal);
  const image = unified === null ? await readImage(path, signal) : initramfsOf(unified);
  const modules = modulesInTree(mergeImages([image]), change.release);
  const missing = lacking(modules, change.drivers);
  const fault = missing.length > 0 ? `no ${missing.join(", ")}` : unifiedFault(unified, change.unified);
  return { modules, fault: fault === null ? null : `its image has ${fault}` };
}

/** Of each list of alternatives that is not present at all, the first. */
export function lacking(
  present: { has(name: string): boolean },
  drivers: readonly (readonly string[])[],
): readonly string[] {
  return drivers.filter((anyOf) => !anyOf.some((name) => present.has(name))).map((anyOf) => anyOf[0]!);
}

async function openUnified(path: string, signal: AbortSignal): Promise<UnifiedImage> {
  const initrd = `${path}.initrd`;
  try {
    const unified = await readUnified(path, initrd, signal);
    if (unified !== null) return unified;
    throw new MigrateError("guest/unsupported", "Cannot read it: it is no unified kernel image.");
  } finally {
    await removeIfThere(initrd);
  }
}

function initramfsOf({ initramfs }: UnifiedImage): Image {
  if (initramfs instanceof MigrateError) throw initramfs;
  return initramfs;
}

function unifiedFault(image: UnifiedImage | null, wanted: CommandChange["unified"]): string | null {
  if (image === null || wanted === undefined) return null;
  const rootOf = (cmdline: string): string => /(?:^|\s)(root=\S+)/.exec(cmdline)?.[1] ?? "no root=";
  const [root, found] = [rootOf(wanted.cmdline), rootOf(image.cmdline)];
  if (root !== found) return `${found} instead of ${root}`;
  return wanted.isSigned && !image.pe.isSigned ? "no signature, which the old one had" : null;
}
