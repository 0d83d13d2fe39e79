/**
 * Gives a UEFI guest the fallback boot path: the boot entry that named its bootloader was in the memory of
 * the old machine and is not moved; firmware without entries starts \EFI\BOOT\BOOTX64.EFI (UEFI
 * specification, section 3.5.1.1).
 *
 * @module
 */
import type { GuestFiles } from "../../guest/files.ts";
import type { Guest } from "../../model/guest.ts";
import type { Fix, FixContext, FixPlan } from "../fix.ts";
import { PlanDraft } from "../text_edit.ts";

const ID = "efi-fallback";
/** Mount points of an EFI system partition, the usual one first. */
const MOUNTS = ["/boot/efi", "/efi", "/boot"] as const;
/** What machine types call their bootloaders: in the fallback file, and in the vendor's files. */
const ARCHITECTURES: Readonly<Record<string, readonly [fallback: string, suffix: string]>> = {
  x86_64: ["BOOTX64.EFI", "x64"],
  i686: ["BOOTIA32.EFI", "ia32"],
  aarch64: ["BOOTAA64.EFI", "aa64"],
};
/** Folders of \EFI that hold no vendor's bootloader. */
const NOT_VENDORS: ReadonlySet<string> = new Set(["boot", "linux", "microsoft", "tools"]);

/** A bootloader on the system partition, and the files that it needs beside it. */
interface Bootloader {
  readonly path: string;
  readonly beside: readonly string[];
}

/** The path of an entry of a folder whatever its case, as FAT has it; null when there is none. */
async function findEntry(files: GuestFiles, folder: string, name: string): Promise<string | null> {
  const found = (await files.list(folder)).find((one) => one.toLowerCase() === name.toLowerCase());
  return found === undefined ? null : `${folder}/${found}`;
}

/** The bootloader of one vendor's folder: shim with what it starts, else systemd-boot or GRUB by itself. */
async function bootloaderIn(files: GuestFiles, folder: string, suffix: string): Promise<Bootloader | null> {
  const shim = await findEntry(files, folder, `shim${suffix}.efi`);
  if (shim !== null) {
    const beside: string[] = [];
    for (const name of [`grub${suffix}.efi`, `mm${suffix}.efi`]) {
      const path = await findEntry(files, folder, name);
      if (path !== null) beside.push(path);
    }
    return { path: shim, beside };
  }
  for (const name of [`systemd-boot${suffix}.efi`, `grub${suffix}.efi`, "grub.efi", "refind.efi"]) {
    const path = await findEntry(files, folder, name);
    if (path !== null) return { path, beside: [] };
  }
  return null;
}

/** Every bootloader of the partition: the distribution's first. */
async function bootloaders(
  files: GuestFiles,
  efi: string,
  suffix: string,
  distro: string,
): Promise<readonly Bootloader[]> {
  const vendors = (await files.list(efi)).filter((name) => !NOT_VENDORS.has(name.toLowerCase()));
  const rank = (name: string): number => name.toLowerCase() === distro ? 0 : name === "systemd" ? 1 : 2;
  const found: Bootloader[] = [];
  for (const name of vendors.toSorted((a, b) => rank(a) - rank(b))) {
    const one = await bootloaderIn(files, `${efi}/${name}`, suffix);
    if (one !== null) found.push(one);
  }
  return found;
}

async function plan({ files, guest }: FixContext): Promise<FixPlan> {
  const draft = new PlanDraft(ID);
  const efi = await efiFolder(files);
  const names = ARCHITECTURES[guest.arch === "unknown" ? "x86_64" : guest.arch];
  if (efi === null || names === undefined) return draft.finish();
  const [fallback, suffix] = names;
  const folder = await findEntry(files, efi, "BOOT") ?? `${efi}/BOOT`;
  const existing = await findEntry(files, folder, fallback);
  if (existing !== null) {
    draft.leave("firmware without boot entries starts it", existing);
    return draft.finish();
  }
  const [chosen, ...others] = await bootloaders(files, efi, suffix, guest.distro);
  if (chosen === undefined) {
    draft.warn(noBootloader(efi, fallback));
    return draft.finish();
  }
  const why = "Its boot entry was in the old machine's memory; firmware without entries starts this file.";
  for (const path of chosen.beside) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    await draft.copy(
      files,
      path,
      `${folder}/${name}`,
      `${fallback} is a shim and starts it from its own folder.`,
    );
  }
  // Last, because a fallback file that is there counts as complete.
  await draft.copy(files, chosen.path, `${folder}/${fallback}`, why);
  if (others.length > 0) {
    draft.leave(
      `${chosen.path} was chosen; ${others.map(({ path }) => path).join(", ")} could start it as well`,
    );
  }
  return draft.finish();
}

async function efiFolder(files: GuestFiles): Promise<string | null> {
  for (const mount of MOUNTS) {
    const path = await findEntry(files, mount, "EFI");
    if (path !== null) return path;
  }
  return null;
}

function noBootloader(efi: string, fallback: string): Parameters<PlanDraft["warn"]>[0] {
  return {
    id: "efi-fallback/none",
    severity: "warning",
    message: `${efi} has no BOOT/${fallback} and no bootloader that could become it.`,
    hint: "If the guest does not start, choose its bootloader in the firmware's menu, or reinstall it.",
  };
}

function isUefi(guest: Guest): boolean {
  return guest.osType === "linux" && guest.firmware === "uefi";
}

/** Gives a UEFI guest the fallback boot path. */
export const efiFallback: Fix = {
  id: ID,
  title: "Give the firmware a boot path that needs no entry",
  applies: isUefi,
  plan,
};
