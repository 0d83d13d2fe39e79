import { assertEquals } from "@std/assert";
import { efiFallback } from "../../../src/fix/linux/efi_fallback.ts";
import type { FixPlan } from "../../../src/fix/fix.ts";
import { type MemoryEntry, MemoryFiles } from "../../support/memory_files.ts";
import { contextOf, guestOf, MBR_FILESYSTEMS } from "../../support/sample_guests.ts";

async function planOf(entries: Record<string, MemoryEntry>): Promise<FixPlan> {
  const files = new MemoryFiles(entries);
  const guest = { ...await guestOf(files, MBR_FILESYSTEMS), firmware: "uefi" as const, distro: "debian" };
  return await efiFallback.plan(contextOf(files, guest));
}

async function copies(entries: Record<string, MemoryEntry>): Promise<(string | false)[][]> {
  return (await planOf(entries)).changes.map((one) => [one.path, one.kind === "copy" && one.from]);
}

Deno.test("efiFallback leaves a fallback that is there, whatever its case", async () => {
  const plan = await planOf({
    "/boot/efi/efi/boot/bootx64.efi": "x",
    "/boot/efi/efi/debian/grubx64.efi": "x",
  });
  assertEquals([plan.changes, plan.leftAlone[0]?.path], [[], "/boot/efi/efi/boot/bootx64.efi"]);
});

Deno.test("efiFallback copies shim after what it starts from its own folder", async () => {
  const efi = "/boot/efi/EFI";
  assertEquals(
    await copies({
      [`${efi}/debian/shimx64.efi`]: "x",
      [`${efi}/debian/grubx64.efi`]: "x",
      [`${efi}/debian/mmx64.efi`]: "x",
    }),
    [
      [`${efi}/BOOT/grubx64.efi`, `${efi}/debian/grubx64.efi`],
      [`${efi}/BOOT/mmx64.efi`, `${efi}/debian/mmx64.efi`],
      [`${efi}/BOOT/BOOTX64.EFI`, `${efi}/debian/shimx64.efi`],
    ],
  );
});

Deno.test("efiFallback copies systemd-boot, also on a partition at /boot", async () => {
  assertEquals(await copies({ "/boot/EFI/systemd/systemd-bootx64.efi": "x" }), [
    ["/boot/EFI/BOOT/BOOTX64.EFI", "/boot/EFI/systemd/systemd-bootx64.efi"],
  ]);
});

Deno.test("efiFallback prefers the distribution's bootloader and names the others", async () => {
  const plan = await planOf({ "/efi/EFI/arch/grubx64.efi": "x", "/efi/EFI/debian/grubx64.efi": "x" });
  assertEquals(plan.changes.map((one) => one.kind === "copy" && one.from), ["/efi/EFI/debian/grubx64.efi"]);
  assertEquals(plan.leftAlone.map(({ reason }) => reason), [
    "/efi/EFI/debian/grubx64.efi was chosen; /efi/EFI/arch/grubx64.efi could start it as well",
  ]);
});

Deno.test("efiFallback warns where there is no bootloader", async () => {
  const plan = await planOf({ "/efi/EFI/Linux/arch.efi": "x", "/efi/EFI/Microsoft/Boot/bootmgfw.efi": "x" });
  assertEquals([plan.changes, plan.concerns.map(({ id }) => id)], [
    [],
    ["efi-fallback/none"],
  ]);
});
