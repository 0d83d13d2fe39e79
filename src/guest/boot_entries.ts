/**
 * The boot menu of a Linux guest, read from the files of whichever bootloader it has.
 *
 * @module
 */
import type { BootEntry } from "../model/guest.ts";
import { type BlsEntry, parseBls, sortForGrub, sortForSystemdBoot } from "./boot_entries/bls.ts";
import { parseExtlinux } from "./boot_entries/extlinux.ts";
import { parseGrubCfg } from "./boot_entries/grub_cfg.ts";
import { buildGrubMenu } from "./boot_entries/grub_menu.ts";
import { parseGrubenv } from "./boot_entries/grubenv.ts";
import { isMemoryTest, type MenuEntry, resolveBootPath } from "./boot_entries/kernel_paths.ts";
import { parseMenuLst } from "./boot_entries/menu_lst.ts";
import { systemdBootDefault } from "./boot_entries/systemd_boot.ts";
import { CachedFiles } from "./cached_files.ts";
import type { GuestFiles } from "./files.ts";

/** Where GRUB 2 keeps its configuration on a BIOS guest. */
const GRUB_FOLDERS = ["/boot/grub2", "/boot/grub"] as const;
/** Where vendors keep theirs on a UEFI guest. */
const EFI_VENDORS = "/boot/efi/EFI";
/** Mount points of the filesystem from which systemd-boot reads. */
const SYSTEMD_BOOT_MOUNTS = ["/boot", "/boot/efi", "/efi"] as const;
/** Menus of GRUB Legacy; one is usually a link to the other. */
const LEGACY_MENUS = ["/boot/grub/menu.lst", "/boot/grub/grub.conf"] as const;
/** Menus of EXTLINUX and SYSLINUX. */
const EXTLINUX_MENUS = [
  "/boot/extlinux/extlinux.conf",
  "/boot/extlinux.conf",
  "/boot/syslinux/syslinux.cfg",
  "/extlinux.conf",
] as const;

/** An entry with its file, and the mount point that its paths start from. */
interface Found {
  readonly entry: MenuEntry;
  readonly file: string;
  readonly mountPoint: string;
}

/**
 * Reads the boot menu: GRUB 2 with Boot Loader Specification entries, else systemd-boot, else GRUB Legacy,
 * else EXTLINUX. Paths of kernels and images are absolute in the guest, found by existence; a path that
 * exists nowhere is kept as written. Exactly one entry is the default, unless there is none.
 *
 * Unified kernel images (`/EFI/Linux/*.efi`) are not read.
 *
 * @param firmware decides between two GRUB menus of a guest that has one for each firmware
 */
export async function readBootEntries(
  guestFiles: GuestFiles,
  firmware: "bios" | "uefi" = "bios",
): Promise<BootEntry[]> {
  const files = CachedFiles.over(guestFiles);
  await files.list("/boot");
  for (const read of [readGrub, readSystemdBoot, readLegacy, readExtlinux]) {
    const found = await read(files, firmware);
    if (found.length > 0) return await finish(files, found);
  }
  return [];
}

/** Resolves paths, leaves memory tests out and makes one entry the default. */
async function finish(files: GuestFiles, found: readonly Found[]): Promise<BootEntry[]> {
  const bootable = found.filter(({ entry }) => !isMemoryTest(entry.kernel));
  const chosen = Math.max(0, bootable.findIndex(({ entry }) => entry.isDefault));
  const entries: BootEntry[] = [];
  for (const [index, { entry, file, mountPoint }] of bootable.entries()) {
    const initrds: string[] = [];
    for (const path of entry.initrds) initrds.push(await resolveBootPath(files, path, mountPoint));
    const kernel = await resolveBootPath(files, entry.kernel, mountPoint);
    const { title, cmdline } = entry;
    entries.push({ title, file, kernel, initrds, cmdline, isDefault: index === chosen });
  }
  return entries;
}

/** The folders in which GRUB 2 looks for its configuration: those of the firmware first. */
export async function grubFolders(
  files: GuestFiles,
  firmware: "bios" | "uefi" = "bios",
): Promise<readonly string[]> {
  const vendors = (await files.list(EFI_VENDORS)).map((name) => `${EFI_VENDORS}/${name}`);
  return firmware === "uefi" ? [...vendors, ...GRUB_FOLDERS] : [...GRUB_FOLDERS, ...vendors];
}

async function readGrub(files: GuestFiles, firmware: "bios" | "uefi"): Promise<readonly Found[]> {
  const found: Found[] = [];
  const seen = new Set<string>();
  for (const folder of await grubFolders(files, firmware)) {
    if (!(await files.list(folder)).includes("grub.cfg")) continue;
    const text = await files.readText(`${folder}/grub.cfg`);
    if (text !== null && !seen.has(text)) found.push(...await grubEntries(files, folder, text));
    if (text !== null) seen.add(text); // one file under two names
  }
  return found;
}

async function grubEntries(files: GuestFiles, folder: string, text: string): Promise<readonly Found[]> {
  const environment = parseGrubenv(await readGrubenv(files, folder));
  const menu = parseGrubCfg(text, environment);
  const hasBls = menu.items.some((item) => item.isBls);
  const bls = hasBls ? await readBls(files, "/boot/loader/entries") : [];
  return buildGrubMenu(menu, sortForGrub(bls)).map((entry) => ({
    entry,
    file: entry.blsId === undefined ? `${folder}/grub.cfg` : `/boot/loader/entries/${entry.blsId}.conf`,
    mountPoint: "/boot",
  }));
}

/** The environment block beside a configuration file, else the one of the system. */
async function readGrubenv(files: GuestFiles, folder: string): Promise<string> {
  for (const place of [folder, ...GRUB_FOLDERS]) {
    if (!(await files.list(place)).includes("grubenv")) continue;
    const text = await files.readText(`${place}/grubenv`);
    if (text !== null) return text;
  }
  return "";
}

async function readBls(files: GuestFiles, folder: string): Promise<readonly BlsEntry[]> {
  const entries: BlsEntry[] = [];
  for (const name of await files.list(folder)) {
    const text = name.endsWith(".conf") ? await files.readText(`${folder}/${name}`) : null;
    const entry = text === null ? null : parseBls(name, text);
    if (entry !== null) entries.push(entry);
  }
  return entries;
}

async function readSystemdBoot(files: GuestFiles): Promise<readonly Found[]> {
  for (const mountPoint of SYSTEMD_BOOT_MOUNTS) {
    const entries = sortForSystemdBoot(await readBls(files, `${mountPoint}/loader/entries`));
    if (entries.length === 0) continue;
    const chosen = systemdBootDefault(
      entries,
      await files.readText(`${mountPoint}/loader/loader.conf`) ?? "",
    );
    return entries.map(({ id, title, kernel, initrds, options }, index) => ({
      entry: { title, kernel, initrds, cmdline: options, isDefault: index === chosen },
      file: `${mountPoint}/loader/entries/${id}.conf`,
      mountPoint,
    }));
  }
  return [];
}

async function readLegacy(files: GuestFiles): Promise<readonly Found[]> {
  for (const path of LEGACY_MENUS) {
    const text = await files.readText(path);
    if (text === null) continue;
    return parseMenuLst(text).map((entry) => ({ entry, file: path, mountPoint: "/boot" }));
  }
  return [];
}

async function readExtlinux(files: GuestFiles): Promise<readonly Found[]> {
  for (const file of EXTLINUX_MENUS) {
    const text = await files.readText(file);
    if (text !== null) {
      return parseExtlinux(text, file).map((entry) => ({ entry, file, mountPoint: "/boot" }));
    }
  }
  return [];
}
