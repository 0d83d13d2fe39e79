/**
 * A Debian guest for the tests of the initramfs fix, and what that plans for it.
 *
 * @module
 */
import type { FixOptions, FixPlan } from "../../src/fix/fix.ts";
import { initramfs } from "../../src/fix/linux/initramfs.ts";
import type { AppendChange } from "../../src/model/change.ts";
import type { Guest } from "../../src/model/guest.ts";
import { concat, type FileTree, noise } from "./archives.ts";
import { linuxGuest, RELEASE } from "./boot_guest.ts";
import { type MemoryEntry, MemoryFiles } from "./memory_files.ts";
import { DEFAULT_OPTIONS } from "./sample_guests.ts";
import { TempFolder } from "./temp.ts";

/** Path of the image. */
export const IMAGE = `/boot/initrd.img-${RELEASE}`;
/** Where the modules of its kernel are. */
export const MODULES = `/lib/modules/${RELEASE}`;
/** Modules of the guest: path, what it needs. */
export const DEP = [
  "kernel/drivers/virtio/virtio_ring.ko.xz:",
  "kernel/drivers/virtio/virtio.ko.xz: kernel/drivers/virtio/virtio_ring.ko.xz",
  "kernel/drivers/virtio/virtio_pci.ko.xz: kernel/drivers/virtio/virtio.ko.xz kernel/drivers/virtio/virtio_ring.ko.xz",
  "kernel/drivers/block/virtio_blk.ko.xz: kernel/drivers/virtio/virtio.ko.xz kernel/drivers/virtio/virtio_ring.ko.xz",
  "kernel/drivers/scsi/virtio_scsi.ko.xz: kernel/drivers/scsi/scsi_mod.ko.xz kernel/drivers/virtio/virtio.ko.xz",
  "kernel/drivers/scsi/scsi_mod.ko.xz:",
  "kernel/drivers/scsi/sd_mod.ko.xz: kernel/drivers/scsi/scsi_mod.ko.xz",
  "kernel/drivers/net/virtio_net.ko.xz: kernel/drivers/virtio/virtio.ko.xz",
  "kernel/fs/ext4/ext4.ko.xz:",
];
/** What Debian's initramfs-tools makes for a VMware guest; it uncompresses modules. */
export const DEBIAN: FileTree = {
  "init": "#!/bin/sh\n",
  "conf/initramfs.conf": "",
  "conf/modules": "vmw_pvscsi\n",
  "lib": { link: "usr/lib" },
  [`usr${MODULES}/kernel/drivers/scsi/scsi_mod.ko`]: "SCSI",
  [`usr${MODULES}/kernel/drivers/scsi/sd_mod.ko`]: "SD",
  [`usr${MODULES}/kernel/fs/ext4/ext4.ko`]: "EXT4",
  [`usr${MODULES}/modules.dep`]: "kernel/drivers/scsi/scsi_mod.ko:\n",
};
/** The options of the fixes. */
export const OPTIONS: FixOptions = { ...DEFAULT_OPTIONS, backup: true };

/** The files of a guest with this image. */
export function guestFiles(image: Uint8Array, more: Record<string, MemoryEntry> = {}): MemoryFiles {
  const modules = DEP.map((line) => line.split(":")[0]!);
  return new MemoryFiles({
    [IMAGE]: image,
    "/etc/initramfs-tools/modules": "# list\n",
    [`${MODULES}/modules.dep`]: DEP.join("\n") + "\n",
    [`${MODULES}/modules.builtin`]: "kernel/drivers/char/tpm.ko\n",
    [`${MODULES}/modules.alias`]:
      "alias virtio:d00000002v* virtio_blk\nalias pci:v00001AF4d* virtio_pci\nalias x y\n",
    ...Object.fromEntries(
      modules.map((path) => [`${MODULES}/${path}`, concat(noise(500), noise(path.length))]),
    ),
    ...more,
  });
}

/** A plan of the fix. */
export interface Planned extends FixPlan {
  /** The bytes of the first AppendChange. */
  readonly content: Uint8Array;
}

/** Plans the fix. */
export async function plan(
  files: MemoryFiles,
  guest: Partial<Guest> = {},
  options = OPTIONS,
): Promise<Planned> {
  await using folder = await TempFolder.create();
  const signal = new AbortController().signal;
  const context = { guest: linuxGuest(guest), files, nics: [], options, workDir: folder.path, signal };
  const result = await initramfs.plan(context);
  const change = result.changes.find(({ kind }) => kind === "append") as AppendChange | undefined;
  return { ...result, content: change ? await Deno.readFile(change.contentFile) : new Uint8Array() };
}

/** The ids of the concerns, with how bad they are. */
export function ids(result: FixPlan): string[] {
  return result.concerns.map(({ id, severity }) => `${id} ${severity}`);
}

/** Makes the planned changes in the files. */
export function apply(files: MemoryFiles, image: Uint8Array, result: Planned): void {
  for (const change of result.changes) {
    if (change.kind === "text") files.set(change.path, change.after!);
    else files.set(change.path, concat(image, result.content));
  }
}
