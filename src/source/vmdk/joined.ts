/**
 * A VMware disk in several parts, read as one without joining them: a descriptor of flat extents, one for each
 * part, gives qemu the file that holds the disk.
 *
 * @module
 */
import { join, resolve } from "@std/path";
import { checkSource, imageInfo } from "../../disk/qemu_img.ts";
import { MigrateError } from "../../model/error.ts";
import { windowHead } from "../input/input_head.ts";
import type { FoundMachine, SourceContext } from "../source.ts";
import { descriptorText, isSparse, NO_PARENT, parseDescriptor, SECTOR } from "./descriptor.ts";
import { hasCapacity } from "./sparse_header.ts";
import type { Window } from "../input/window.ts";

/**
 * Describes the disk in the parts.
 *
 * @throws {MigrateError} `source/unsupported` for another format, or parts that are no whole sectors
 */
export async function joinedVmdk(
  parts: readonly Window[],
  path: string,
  { workDir, signal }: SourceContext,
): Promise<FoundMachine> {
  const [first] = parts;
  const bytes = first === undefined ? new Uint8Array() : (await windowHead(first)).bytes;
  const text = descriptorText(bytes);
  const whole = parts.every(({ offset, sizeBytes }) => offset % SECTOR === 0 && sizeBytes % SECTOR === 0);
  const alone = text !== null && parseDescriptor(text).parentCid === NO_PARENT;
  if (!isSparse(bytes) || !hasCapacity(bytes) || !alone || !whole) {
    throw new MigrateError(
      "source/unsupported",
      `Cannot read ${path}: a split disk in it is no plain VMDK.`,
      {
        hint: "Join its parts with cat, and name the disk.",
      },
    );
  }
  const filename = await writeDescriptor(parts, await workDir());
  const file = { driver: "vmdk", file: { driver: "file", filename } };
  // Without a backing file: qemu may find a parent's name where this program sees none.
  const image = `json:${JSON.stringify({ driver: "vmdk", file, backing: null })}`;
  const info = await imageInfo(image, "vmdk", signal);
  await checkSource(image, "vmdk", signal);
  return {
    disks: [{
      path,
      image,
      format: "vmdk",
      virtualSizeBytes: info.virtualSizeBytes,
      allocatedSizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0),
      files: [...new Set(parts.map((part) => part.path))],
      detail: [info.createType, `${parts.length} parts`].filter((one) => one !== undefined).join(", "),
    }],
  };
}

async function writeDescriptor(parts: readonly Window[], folder: string): Promise<string> {
  const own = await Deno.makeTempDir({ dir: folder, prefix: "parts-" });
  const links = new Map<string, string>();
  for (const { path } of parts) {
    if (links.has(path)) continue;
    // A descriptor cannot hold quotes or long names: the links' names are ours.
    const link = `part-${links.size + 1}`;
    await Deno.symlink(resolve(path), join(own, link));
    links.set(path, link);
  }
  const extents = parts.map(({ path, offset, sizeBytes }) =>
    `RW ${sizeBytes / SECTOR} FLAT "${links.get(path)}" ${offset / SECTOR}`
  );
  const lines = [
    "# Disk DescriptorFile",
    "version=1",
    "CID=fffffffe",
    `parentCID=${NO_PARENT}`,
    'createType="twoGbMaxExtentFlat"',
    ...extents,
  ];
  const path = join(own, "joined.vmdk");
  await Deno.writeTextFile(path, `${lines.join("\n")}\n`);
  return path;
}
