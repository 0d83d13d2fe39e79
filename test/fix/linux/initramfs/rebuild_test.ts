import { assertEquals } from "@std/assert";
import { initramfs } from "../../../../src/fix/linux/initramfs.ts";
import { lacking } from "../../../../src/fix/linux/initramfs/read_back.ts";
import { findProgram, rebuildCommand } from "../../../../src/fix/linux/initramfs/rebuild.ts";
import type { FixPlan } from "../../../../src/fix/fix.ts";
import { type MemoryEntry, MemoryFiles } from "../../../support/memory_files.ts";
import { contextOf, DEBIAN, guestOf } from "../../../support/sample_guests.ts";
import { TempFolder } from "../../../support/temp.ts";

const RELEASE = "6.1.0-56-cloud-amd64";
const IMAGE = `/boot/initrd.img-${RELEASE}`;

async function planOf(more: Record<string, MemoryEntry>): Promise<FixPlan> {
  await using folder = await TempFolder.create();
  const files = new MemoryFiles({ ...DEBIAN.files, ...more });
  const guest = await guestOf(files, DEBIAN.filesystems);
  return await initramfs.plan(contextOf(files, guest, folder.path, { initramfs: "rebuild" }));
}

Deno.test("initramfs with rebuild names the drivers first and then runs the guest's program", async () => {
  const { changes } = await planOf({ "/usr/sbin/mkinitramfs": "program" });
  assertEquals(changes.map(({ kind, path }) => [kind, path]), [
    ["text", "/etc/initramfs-tools/modules"],
    ["command", IMAGE],
  ]);
  const command = changes.find((one) => one.kind === "command");
  assertEquals(command?.command, ["/usr/sbin/mkinitramfs", "-o", IMAGE, RELEASE]);
  assertEquals(command?.drivers, [["virtio_pci"], ["virtio_blk"], ["virtio_scsi"], ["ext4"]]);
});

Deno.test("initramfs with rebuild blocks where the guest has no program for it", async () => {
  const { changes, concerns } = await planOf({});
  assertEquals([changes, concerns.map(({ id, severity }) => [id, severity])], [
    [],
    [["initramfs/no-program", "critical"]],
  ]);
});

Deno.test("rebuildCommand() names image, kernel and drivers as each program wants them", () => {
  const of = (generator: Parameters<typeof rebuildCommand>[0]): readonly string[] =>
    rebuildCommand(generator, "/p", "/boot/i", "6.1", ["virtio_blk", "virtio_pci"]);
  assertEquals(of("dracut"), [
    ...["/p", "--force", "--no-hostonly", "--add-drivers", "virtio_blk virtio_pci", "/boot/i", "6.1"],
  ]);
  assertEquals(of("mkinitcpio"), ["/p", "-k", "6.1", "-S", "autodetect", "-g", "/boot/i"]);
  assertEquals(of("initramfs-tools"), ["/p", "-o", "/boot/i", "6.1"]);
});

Deno.test("findProgram() prefers the program that made the image, and takes another for an unknown one", async () => {
  const files = new MemoryFiles({ "/usr/sbin/mkinitramfs": "", "/usr/bin/dracut": "" });
  const found = async (wanted: Parameters<typeof findProgram>[1]): Promise<string | undefined> =>
    (await findProgram(files, wanted))?.program;
  assertEquals([await found("dracut"), await found("unknown")], ["/usr/bin/dracut", "/usr/sbin/mkinitramfs"]);
  assertEquals(await findProgram(new MemoryFiles(), "dracut"), null);
});

Deno.test("lacking() is content with one of several drivers", () => {
  assertEquals(lacking(new Set(["ext4", "virtio_pci"]), [["virtio_pci"], ["virtio_blk"], ["ext4", "ext2"]]), [
    "virtio_blk",
  ]);
});
