/**
 * VMware disks: descriptor, extents and snapshot chain are checked here, qemu-img does the rest.
 *
 * @module
 */
import { checkSource, type ImageInfo, imageInfo } from "../../disk/qemu_img.ts";
import { MigrateError } from "../../model/error.ts";
import { asDamage } from "../disk_image.ts";
import type { FoundMachine, InputHead, Source, SourceContext } from "../source.ts";
import { chainDetail, chainImage, type Link } from "./chain.ts";
import { checkFilesApart, checkInsideApart } from "./check_apart.ts";
import { isVmdk, SECTOR } from "./descriptor.ts";
import { type Window, windowImage } from "../input/window.ts";
import { valueOf } from "../worker/ask.ts";

const FORMAT = "vmdk";

async function read(head: InputHead, { signal }: SourceContext): Promise<FoundMachine> {
  return head.inside === undefined
    ? await readFiles(head.path, signal)
    : await readInside(head, head.inside, signal);
}

/** A disk in files of its own, with the snapshots below it. */
async function readFiles(path: string, signal: AbortSignal): Promise<FoundMachine> {
  const chain = await checkFilesApart(path, signal);
  const infos: ImageInfo[] = [];
  for (const link of chain) {
    // Without its parents, which are looked at by themselves.
    const alone = chainImage([link]);
    const info = await asDamage(link.path, FORMAT, imageInfo(alone, FORMAT, signal));
    checkSize(link, info.virtualSizeBytes);
    infos.push(info);
    if (!link.isChecked) {
      await asDamage(link.path, FORMAT, checkSource(alone, FORMAT, signal));
    }
  }
  const image = chainImage(chain);
  const [top] = infos;
  const detail = chainDetail(top?.createType, chain.length);
  return {
    disks: [{
      path,
      image,
      format: FORMAT,
      virtualSizeBytes: top?.virtualSizeBytes ?? 0,
      allocatedSizeBytes: infos.reduce((sum, info) => sum + info.allocatedSizeBytes, 0),
      files: chain.flatMap((link) => [...new Set([link.path, ...link.extents])]),
      ...(detail === "" ? {} : { detail }),
    }],
  };
}

/** Refuses a disk of which qemu leaves out extents: it skips lines that it does not understand. */
function checkSize({ path, descriptor }: Link, seenBytes: number): void {
  const sectors = descriptor?.extents.reduce((sum, extent) => sum + extent.sectors, 0) ?? 0;
  if (seenBytes >= sectors * SECTOR) return;
  throw new MigrateError(
    "source/damaged",
    `Cannot read ${path}: its extents are ${sectors * SECTOR} bytes, of which qemu sees ${seenBytes}.`,
    { hint: "Copy the descriptor again: it is damaged." },
  );
}

/** A disk that lies in an archive and is read there. */
async function readInside(head: InputHead, window: Window, signal: AbortSignal): Promise<FoundMachine> {
  const isChecked = window.vmdk === undefined
    ? await checkInsideApart(window, signal)
    : valueOf(window.vmdk, head.path);
  // Without a backing file: qemu may find a parent's name where this program sees none.
  const image = windowImage(window, FORMAT, { backing: null });
  const info = await imageInfo(image, FORMAT, signal);
  if (!isChecked) await checkSource(image, FORMAT, signal);
  return {
    disks: [{
      path: head.path,
      image,
      format: FORMAT,
      virtualSizeBytes: info.virtualSizeBytes,
      allocatedSizeBytes: window.sizeBytes,
      files: [head.path],
      ...(info.createType === undefined ? {} : { detail: info.createType }),
    }],
  };
}

/** VMware disks of every subformat that qemu-img opens. */
export const vmdk: Source = {
  kind: "vmdk",
  title: "VMware disk (VMDK)",
  inPlace: true,
  matches: ({ bytes }: InputHead): boolean => isVmdk(bytes),
  read,
};
