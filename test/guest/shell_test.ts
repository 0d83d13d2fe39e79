import { assertEquals } from "@std/assert";
import { deviceWord } from "../../src/guest/shell.ts";

for (
  const [device, word] of [
    ["/dev/sda", '"$(readlink -f /dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_hd0)"'],
    ["/dev/sdc12", '"$(readlink -f /dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_hd2-part12)"'],
    ["/dev/sdab1", '"$(readlink -f /dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_hd27-part1)"'],
    ["/dev/vg0/root", "'/dev/vg0/root'"],
    ["/dev/mapper/luks-sda2", "'/dev/mapper/luks-sda2'"],
    ["/dev/md127", "'/dev/md127'"],
  ] as const
) {
  Deno.test(`deviceWord() names ${device} in a script`, () => assertEquals(deviceWord(device), word));
}
