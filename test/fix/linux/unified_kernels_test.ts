import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertPlansOnce } from "../../../src/conformance/fix.ts";
import type { FixOptions, FixPlan } from "../../../src/fix/fix.ts";
import { writeCpio } from "../../../src/fix/linux/initramfs/cpio_writer.ts";
import { readBack } from "../../../src/fix/linux/initramfs/read_back.ts";
import { readUnified } from "../../../src/fix/linux/unified_kernels/unified_image.ts";
import { unifiedKernelImages } from "../../../src/fix/linux/unified_kernels.ts";
import type { CommandChange } from "../../../src/model/change.ts";
import type { Guest } from "../../../src/model/guest.ts";
import { linuxGuest, RELEASE } from "../../support/boot_guest.ts";
import { applyToMemory } from "../../support/apply_to_memory.ts";
import { type MemoryEntry, MemoryFiles } from "../../support/memory_files.ts";
import { peFile } from "../../support/pe.ts";
import { contextOf, ROOT_UUID } from "../../support/sample_guests.ts";
import { TempFolder } from "../../support/temp.ts";

const PATH = "/efi/EFI/Linux/arch-linux.efi";
const ROOT = `root=UUID=${ROOT_UUID} rw`;
const DRIVERS = ["virtio", "virtio_ring", "virtio_pci", "virtio_blk", "virtio_scsi", "ext4"];
const NEEDS = " kernel/virtio.ko kernel/virtio_ring.ko";
const SIGNED = { isSigned: true };

/** The kernel's modules. */
const MODULES = {
  [`/lib/modules/${RELEASE}/modules.dep`]: DRIVERS.map((name) =>
    `kernel/${name}.ko:${name.startsWith("virtio_") && name !== "virtio_ring" ? NEEDS : ""}\n`
  ).join(""),
  ...Object.fromEntries(DRIVERS.map((name) => [`/lib/modules/${RELEASE}/kernel/${name}.ko`, "module"])),
};
/** What makes unified kernel images with dracut. */
const DRACUT = {
  "/usr/bin/dracut": "",
  "/usr/bin/objcopy": "",
  "/usr/lib/systemd/boot/efi/linuxx64.efi.stub": "",
};

function initramfs(...drivers: readonly string[]): Uint8Array {
  const files = drivers.map((name) => ({
    path: `usr/lib/modules/${RELEASE}/kernel/${name}.ko`,
    content: new Uint8Array([1]),
  }));
  const marks = ["init", "usr/lib/dracut/dracut-059"].map((path) => ({ path, content: new Uint8Array([1]) }));
  return writeCpio([...marks, ...files], () => false);
}

const image = (cmdline: string, ...drivers: readonly string[]): Uint8Array =>
  peFile(sections(cmdline, ...drivers));
const sections = (cmdline: string, ...drivers: readonly string[]): Record<string, string | Uint8Array> => ({
  ".uname": `${RELEASE}\0`,
  ".cmdline": cmdline,
  ".linux": "kernel",
  ".initrd": initramfs(...drivers),
});

function guestWith(given: Partial<Guest> = { bootEntries: [] }): Guest {
  return linuxGuest({
    firmware: "uefi",
    filesystems: [{ device: "/dev/sda1", type: "ext4", uuid: ROOT_UUID }],
    ...given,
  });
}

async function planOf(
  file: Uint8Array,
  more: Record<string, MemoryEntry> = {},
  options: Partial<FixOptions> = {},
  guest = guestWith(),
): Promise<FixPlan> {
  await using folder = await TempFolder.create();
  const files = new MemoryFiles({ ...MODULES, [PATH]: file, ...more });
  return await unifiedKernelImages.plan(contextOf(files, guest, folder.path, options));
}

const ids = ({ concerns }: FixPlan): string[] => concerns.map(({ id, severity }) => `${id} ${severity}`);
const commandOf = ({ changes }: FixPlan): CommandChange | undefined =>
  changes.find((change) => change.kind === "command");

Deno.test("unifiedKernelImages.plan() is content with drivers and a UUID", async () => {
  const { changes, concerns, leftAlone } = await planOf(image(ROOT, "virtio_pci", "virtio_blk", "ext4"));
  assertEquals([changes, concerns], [[], []]);
  assertStringIncludes(leftAlone[0]!.reason, RELEASE);
});

Deno.test("unifiedKernelImages.plan() leaves another EFI program alone", async () => {
  const { concerns, leftAlone } = await planOf(new TextEncoder().encode("MZ: a program"));
  assertEquals([concerns.length, leftAlone[0]?.path], [0, PATH]);
});

Deno.test("unifiedKernelImages.plan() adds drivers and a lasting root to an unsigned image", async () => {
  await using folder = await TempFolder.create();
  const files = new MemoryFiles({ ...MODULES, [PATH]: image("root=/dev/sda1 rw", "ext4") });
  const { changes, concerns } = await unifiedKernelImages.plan(contextOf(files, guestWith(), folder.path));
  assertEquals(concerns, []);
  assertEquals(changes.map(({ kind, path }) => [kind, path]), [
    ["text", "/etc/dracut.conf.d/hyper2kvm.conf"],
    ["append", PATH],
  ]);
  await applyToMemory(files, changes);
  const host = folder.file("after");
  await files.download(PATH, host);
  const after = await readUnified(host, folder.file("initrd"), new AbortController().signal);
  assertEquals([after?.cmdline, after?.release], [ROOT, RELEASE]);
  const drivers = DRIVERS.map((name) => [name]);
  const unified = { cmdline: ROOT, isSigned: false };
  const wanted = { release: RELEASE, drivers, unified } as unknown as CommandChange;
  assertEquals((await readBack(host, wanted, new AbortController().signal)).fault, null);
});

Deno.test("unifiedKernelImages.plan() plans nothing on its own result", async () => {
  await using folder = await TempFolder.create();
  const files = new MemoryFiles({ ...MODULES, [PATH]: image("root=/dev/sda1 rw", "ext4") });
  await assertPlansOnce(unifiedKernelImages, { files, guest: guestWith(), workDir: folder.path });
});

Deno.test("unifiedKernelImages.plan() has a signed image made by the guest's program where that can sign", async () => {
  const key = { "/etc/dracut.conf.d/sign.conf": "uefi_secureboot_key=/k\nuefi_secureboot_cert=/c\n" };
  const plan = await planOf(peFile(sections("root=/dev/sda1 rw"), SIGNED), { ...DRACUT, ...key });
  const command = commandOf(plan);
  assertEquals(command?.command.slice(0, 3), ["/usr/bin/dracut", "--force", "--uefi"]);
  assertEquals(command?.command.slice(-2), [PATH, RELEASE]);
  assertEquals(command?.unified, { cmdline: ROOT, isSigned: true });
  assertEquals(command?.drivers, [["virtio_pci"], ["virtio_blk"], ["virtio_scsi"], ["ext4"]]);
  assertEquals(plan.concerns, []);
});

Deno.test("unifiedKernelImages.plan() does not end a signature", async () => {
  const plan = await planOf(peFile(sections(ROOT), SIGNED), DRACUT);
  assertEquals([plan.changes, ids(plan)], [[], ["unified-kernels/signed critical"]]);
});

Deno.test("unifiedKernelImages.plan() runs the guest's program on request", async () => {
  const command = commandOf(await planOf(image("root=/dev/sda1 rw"), DRACUT, { initramfs: "rebuild" }));
  assertEquals(command?.command[5], "--kernel-cmdline");
  assertEquals(command?.command[6], ROOT);
});

Deno.test("unifiedKernelImages.plan() says what the guest lacks to make an image", async () => {
  const plan = await planOf(image(ROOT), { "/usr/sbin/mkinitramfs": "" }, { initramfs: "rebuild" });
  assertEquals(ids(plan), ["unified-kernels/no-program critical"]);
  assertStringIncludes(plan.concerns[0]!.message, "the guest has no systemd's stub");
});

Deno.test("unifiedKernelImages.plan() gives mkinitcpio the arguments in a file", async () => {
  const tools = { ...DRACUT, "/usr/bin/dracut": { link: "/nowhere" }, "/usr/bin/mkinitcpio": "" };
  const { changes } = await planOf(image("root=/dev/sda1 rw"), tools, { initramfs: "rebuild" });
  const text = changes.find(({ path }) => path === "/etc/kernel/cmdline");
  assertEquals(text?.kind === "text" ? text.after : null, `${ROOT}\n`);
});

Deno.test("unifiedKernelImages.plan() blocks nothing when the guest starts another entry", async () => {
  const plan = await planOf(peFile(sections(ROOT), SIGNED), {}, {}, guestWith({}));
  assertEquals(ids(plan), ["unified-kernels/signed warning"]);
});

Deno.test("unifiedKernelImages.plan() blocks when loader.conf names the image", async () => {
  const loader = { "/efi/loader/loader.conf": "default arch-*\n" };
  const plan = await planOf(peFile(sections(ROOT), SIGNED), loader, {}, guestWith({}));
  assertEquals(ids(plan), ["unified-kernels/signed critical"]);
});

Deno.test("unifiedKernelImages.plan() names a kernel without virtio", async () => {
  const modules = { [`/lib/modules/${RELEASE}/modules.dep`]: "kernel/ext4.ko:\n" };
  const plan = await planOf(image(ROOT), modules);
  assertEquals(ids(plan), ["unified-kernels/no-virtio-kernel critical"]);
  assertStringIncludes(plan.concerns[0]!.message, "has no virtio_pci, virtio_blk");
});

Deno.test("unifiedKernelImages.plan() only reports with --initramfs off", async () => {
  const plan = await planOf(image("root=/dev/sda1 rw"), DRACUT, { initramfs: "off" });
  assertEquals([plan.changes, ids(plan)], [[], ["unified-kernels/not-ready critical"]]);
});

for (
  const [fault, cmdline, isSigned] of [
    ["its image has root=/dev/sda instead of root=UUID=x", "root=/dev/sda", false],
    ["its image has no signature, which the old one had", "root=UUID=x", true],
  ] as const
) {
  Deno.test(`readBack() finds a fault in a unified image: ${fault}`, async () => {
    await using folder = await TempFolder.create();
    await Deno.writeFile(folder.file("image"), image(cmdline));
    const wanted = { release: RELEASE, drivers: [], unified: { cmdline: "root=UUID=x ro", isSigned } };
    const change = wanted as unknown as CommandChange;
    assertEquals((await readBack(folder.file("image"), change, new AbortController().signal)).fault, fault);
  });
}
