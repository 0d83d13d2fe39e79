/**
 * The unified kernel images of a guest.
 *
 * @module
 */
import { globMatcher } from "../../../guest/boot_entries/systemd_boot.ts";
import type { GuestFiles } from "../../../guest/files.ts";
import type { Guest } from "../../../model/guest.ts";

/** Where systemd-boot may have its partition. */
const MOUNTS = ["/boot/efi", "/efi", "/boot"] as const;
/** Where it looks for unified kernel images there (the Boot Loader Specification, type 2). */
const FOLDER = "EFI/Linux";

/** Paths of the unified kernel images of a guest, those for later releases first. */
export async function unifiedKernels(files: GuestFiles): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const mount of MOUNTS) {
    const names = (await files.list(`${mount}/${FOLDER}`)).filter((name) => /\.efi$/i.test(name));
    paths.push(...names.map((name) => `${mount}/${FOLDER}/${name}`));
  }
  return paths.toSorted((a, b) => b.localeCompare(a, "en", { numeric: true }));
}

/**
 * Whether an image is what the guest starts, as far as its files say: there is no other entry, or loader.conf names
 * it. The choice that systemd-boot keeps in the machine's variables is not moved.
 */
export async function startsByDefault(path: string, guest: Guest, files: GuestFiles): Promise<boolean> {
  if (guest.bootEntries.length === 0) return true;
  const [mount, name] = path.split(`/${FOLDER}/`);
  const settings = await files.readText(`${mount}/loader/loader.conf`) ?? "";
  const pattern = /^\s*default\s+(\S+)/m.exec(settings)?.[1];
  return pattern !== undefined && globMatcher(pattern).test(name!);
}
