import { assertEquals, assertStringIncludes } from "@std/assert";
import type { FixPlan } from "../../../src/fix/fix.ts";
import { writeCpio } from "../../../src/fix/linux/initramfs/cpio_writer.ts";
import { peSections } from "../../../src/fix/linux/initramfs/pe_sections.ts";
import { unifiedKernelImages } from "../../../src/fix/linux/unified_kernels.ts";
import { linuxGuest, RELEASE } from "../../support/boot_guest.ts";
import { MemoryFiles } from "../../support/memory_files.ts";
import { peFile } from "../../support/pe.ts";
import { contextOf, ROOT_UUID } from "../../support/sample_guests.ts";
import { TempFolder } from "../../support/temp.ts";

const PATH = "/efi/EFI/Linux/arch-linux.efi";

function initramfs(...drivers: readonly string[]): Uint8Array {
  const files = drivers.map((name) => ({
    path: `usr/lib/modules/${RELEASE}/kernel/${name}.ko`,
    content: new Uint8Array([1]),
  }));
  return writeCpio([{ path: "init", content: new Uint8Array([1]) }, ...files], () => false);
}

async function planOf(file: Uint8Array, hasEntries = false): Promise<FixPlan> {
  await using folder = await TempFolder.create();
  const guest = linuxGuest({
    firmware: "uefi",
    filesystems: [{ device: "/dev/sda1", type: "ext4", uuid: ROOT_UUID }],
    ...(hasEntries ? {} : { bootEntries: [] }),
  });
  const plan = await unifiedKernelImages.plan(
    contextOf(new MemoryFiles({ [PATH]: file }), guest, folder.path),
  );
  assertEquals(await folder.names(), []);
  return plan;
}

const image = (cmdline: string, ...drivers: readonly string[]): Uint8Array =>
  peFile({ ".uname": `${RELEASE}\0`, ".cmdline": cmdline, ".initrd": initramfs(...drivers) });

Deno.test("peSections() finds sections by name, at their true sizes", () => {
  const file = peFile({ ".osrel": "ID=arch\n", ".uname": "6.1" });
  assertEquals(peSections(file)?.map(({ name, sizeBytes }) => [name, sizeBytes]), [[".osrel", 8], [
    ".uname",
    3,
  ]]);
  const [, uname] = peSections(file)!;
  assertEquals(new TextDecoder().decode(file.subarray(uname!.offset, uname!.offset + 3)), "6.1");
});

Deno.test("peSections() is null for what is no PE file", () => {
  assertEquals([peSections(new Uint8Array(10)), peSections(new Uint8Array(5000))], [null, null]);
});

Deno.test("unifiedKernelImages.plan() is content with drivers and a UUID", async () => {
  const { concerns, leftAlone } = await planOf(
    image(`root=UUID=${ROOT_UUID} rw`, "virtio_pci", "virtio_blk", "ext4"),
  );
  assertEquals(concerns, []);
  assertStringIncludes(leftAlone[0]!.reason, RELEASE);
});

Deno.test("unifiedKernelImages.plan() names the disk's name and the drivers that keep it from booting", async () => {
  const { concerns: [concern] } = await planOf(image("root=/dev/sda1 rw", "ext4"));
  assertEquals([concern?.id, concern?.severity], ["unified-kernels/not-ready", "critical"]);
  assertStringIncludes(concern!.message, "root=/dev/sda1; its initramfs has no virtio_pci, virtio_blk");
});

Deno.test("unifiedKernelImages.plan() blocks nothing when the guest has other boot entries", async () => {
  const { concerns } = await planOf(image("root=/dev/sda1 rw", "ext4"), true);
  assertEquals(concerns.map(({ severity }) => severity), ["warning"]);
});

Deno.test("unifiedKernelImages.plan() leaves another EFI program alone", async () => {
  const { concerns, leftAlone } = await planOf(new TextEncoder().encode("MZ: a program"));
  assertEquals([concerns.length, leftAlone[0]?.path], [0, PATH]);
});
