import { assertEquals } from "@std/assert";
import { describeLinux } from "../../src/guest/describe.ts";
import type { Guest } from "../../src/model/guest.ts";
import { MemoryFiles } from "../support/memory_files.ts";

/** The firmware of a system with these mounts: a device each, and its type. */
async function firmware(mounts: Readonly<Record<string, string>>): Promise<Guest["firmware"]> {
  const places = Object.entries(mounts).map(([path, type], index) => ({
    path,
    type,
    device: `/dev/sda${index + 1}`,
  }));
  const guest = await describeLinux(new MemoryFiles({}), {
    root: "/dev/sda1",
    rootReason: "",
    filesystems: places.map(({ type, device }) => ({ type, device })),
    mounts: places.map(({ path, device }) => ({ path, device })),
  });
  return guest.firmware;
}

Deno.test("describeLinux() takes a system that mounts an EFI system partition for one of UEFI", async () => {
  assertEquals(await firmware({ "/": "ext4", "/boot/efi": "vfat" }), "uefi");
  assertEquals(await firmware({ "/": "ext4", "/boot": "vfat" }), "uefi");
});

Deno.test("describeLinux() finds the EFI system partition below a /boot of its own", async () => {
  assertEquals(await firmware({ "/": "xfs", "/boot": "ext4", "/boot/efi": "vfat" }), "uefi");
});

Deno.test("describeLinux() takes other systems for ones of BIOS", async () => {
  assertEquals(await firmware({ "/": "ext4", "/boot": "ext4" }), "bios");
  assertEquals(await firmware({ "/": "ext4", "/media/usb": "vfat" }), "bios");
});
