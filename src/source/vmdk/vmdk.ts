/**
 * VMware disks: descriptor, extents and snapshot chain are checked here, qemu-img does the rest.
 *
 * @module
 */
import { checkSource, type ImageInfo, imageInfo } from "../../disk/qemu_img.ts";
import { MigrateError } from "../../model/error.ts";
import { asDamage } from "../disk_image.ts";
import type { FoundMachine, InputHead, Source, SourceContext } from "../source.ts";
import { chainDetail, chainImage, type Link, readChain } from "./chain.ts";
import {
  type Descriptor,
  descriptorText,
  isDescriptorFile,
  isSparse,
  isVmdk,
  NO_PARENT,
  parseDescriptor,
  SECTOR,
} from "./descriptor.ts";
import { checkComplete, FLAT_TYPES } from "./extents.ts";
import { hasCapacity } from "./sparse_header.ts";
import { wholeFile, type Window, windowImage } from "../input/window.ts";

const FORMAT = "vmdk";

async function read(head: InputHead, { signal }: SourceContext): Promise<FoundMachine> {
  return head.inside === undefined
    ? await readFiles(head.path, signal)
    : await readInside(head, head.inside, signal);
}

/** A disk in files of its own, with the snapshots below it. */
async function readFiles(path: string, signal: AbortSignal): Promise<FoundMachine> {
  const chain = await readChain(path);
  const infos: ImageInfo[] = [];
  for (const link of chain) {
    // Without its parents, which are looked at by themselves.
    const alone = chainImage([link]);
    const info = await asDamage(link.path, FORMAT, imageInfo(alone, FORMAT, signal));
    checkSize(link, info.virtualSizeBytes);
    infos.push(info);
    if (!await isChecked(link)) {
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

/**
 * Whether the extents are of the types that are checked here, and whole; qemu-img check does the same again
 * for these, and takes longer.
 */
async function isChecked({ extents, descriptor }: Link): Promise<boolean> {
  const inFiles = descriptor?.extents.filter((extent) => extent.file !== "") ?? [];
  let all = true;
  for (const [index, file] of extents.entries()) {
    // A flat extent begins with what the guest wrote, which may look like a header.
    if (FLAT_TYPES.has(inFiles[index]?.type ?? "")) continue;
    if (!await checkComplete(await wholeFile(file))) all = false;
  }
  return all;
}

/** A disk that lies in an archive and is read there. */
async function readInside(head: InputHead, window: Window, signal: AbortSignal): Promise<FoundMachine> {
  const text = descriptorText(head.bytes);
  refuseOthers(head, text === null ? null : parseDescriptor(text));
  // Without a backing file: qemu may find a parent's name where this program sees none.
  const image = windowImage(window, FORMAT, { backing: null });
  const info = await imageInfo(image, FORMAT, signal);
  if (!await checkComplete(window)) await checkSource(image, FORMAT, signal);
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

/** Refuses what would make qemu open other files: foreign data must not choose files of this host. */
function refuseOthers({ path, bytes }: InputHead, descriptor: Descriptor | null): void {
  const reason = isDescriptorFile(bytes)
    ? "a VMware disk in it is a descriptor of other files"
    : (descriptor === null && isSparse(bytes)) || !hasCapacity(bytes)
    ? "a VMware disk in it has no descriptor or no capacity"
    : descriptor !== null && descriptor.parentCid !== NO_PARENT
    ? `a VMware disk in it is a snapshot of ${descriptor.parentFile ?? "another disk"}`
    : null;
  if (reason === null) return;
  throw new MigrateError("source/unsupported", `Cannot read ${path}: ${reason}.`, {
    hint: "Unpack it by hand if you trust it, and name the disk inside.",
  });
}

/** VMware disks of every subformat that qemu-img opens. */
export const vmdk: Source = {
  kind: "vmdk",
  title: "VMware disk (VMDK)",
  inPlace: true,
  matches: ({ bytes }: InputHead): boolean => isVmdk(bytes),
  read,
};
