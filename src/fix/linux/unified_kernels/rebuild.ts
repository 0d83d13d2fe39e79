/**
 * Making a unified kernel image anew by the guest's own program, where its bytes cannot be added to.
 *
 * @module
 */
import type { GuestFiles } from "../../../guest/files.ts";
import type { Generator } from "../initramfs/generator.ts";
import { findProgram } from "../initramfs/rebuild.ts";

/** What puts kernel and initramfs together: systemd's stub. */
const STUBS = ["/usr/lib/systemd/boot/efi/linuxx64.efi.stub", "/usr/lib/systemd/boot/efi/linuxaa64.efi.stub"];
const UKIFY = ["/usr/bin/ukify", "/usr/lib/systemd/ukify"] as const;
const OBJCOPY = ["/usr/bin/objcopy"] as const;
/** Files in which each program is told how to sign. */
const SIGNING: readonly (readonly [file: string, setting: RegExp])[] = [
  ["/etc/dracut.conf", /^\s*uefi_secureboot_key=/m],
  ["/etc/dracut.conf.d/*", /^\s*uefi_secureboot_key=/m],
  ["/etc/kernel/uki.conf", /^\s*SecureBootPrivateKey\s*=/m],
  ["/usr/lib/initcpio/post/sbctl", /./],
];

/** What can make an image in a guest, or what it lacks for that. */
export type UnifiedProgram =
  | { readonly generator: Generator; readonly program: string; readonly ukify: string | null }
  | { readonly lacks: string };

/** The guest's program that makes unified kernel images. */
export async function findUnifiedProgram(files: GuestFiles, wanted: Generator): Promise<UnifiedProgram> {
  const found = await findProgram(files, wanted);
  if (found === null) return { lacks: "dracut, mkinitcpio or mkinitramfs" };
  const first = async (paths: readonly string[]): Promise<string | null> => {
    for (const path of paths) if (await files.exists(path)) return path;
    return null;
  };
  const ukify = await first(UKIFY);
  if (await first(STUBS) === null) return { lacks: "systemd's stub for unified kernel images" };
  if (ukify === null && found.generator === "initramfs-tools") return { lacks: "ukify" };
  if (ukify === null && await first(OBJCOPY) === null) return { lacks: "objcopy or ukify" };
  return { ...found, ukify };
}

/** Whether the guest's settings name a key with which new images are signed. */
export async function signsImages(files: GuestFiles): Promise<boolean> {
  for (const [place, setting] of SIGNING) {
    const folder = place.endsWith("/*") ? place.slice(0, -2) : null;
    const paths = folder === null ? [place] : (await files.list(folder)).map((name) => `${folder}/${name}`);
    for (const path of paths) if (setting.test(await files.readText(path) ?? "")) return true;
  }
  return false;
}

/** What the command has to know. */
export interface UnifiedJob {
  /** Path of the image. */
  readonly path: string;
  /** The kernel's release. */
  readonly release: string;
  /** Arguments for the kernel. */
  readonly cmdline: string;
  /** Drivers to name beside the guest's own settings. */
  readonly drivers: readonly string[];
}

/** Makes an initramfs, joins it with the kernel of the release, and removes it. */
const MKINITRAMFS_AND_UKIFY = `k=/boot/vmlinuz-$3; [ -e "$k" ] || k=/usr/lib/modules/$3/vmlinuz
trap 'rm -f "$5.initrd"' EXIT
"$1" -o "$5.initrd" "$3"
"$2" build --linux "$k" --initrd "$5.initrd" --uname "$3" --cmdline "$4" --output "$5"`;

/** The command that makes an image; nothing is left out because the appliance's hardware does not have it. */
export function unifiedCommand(
  { generator, program, ukify }: Exclude<UnifiedProgram, { readonly lacks: string }>,
  { path, release, cmdline, drivers }: UnifiedJob,
): readonly string[] {
  switch (generator) {
    case "dracut":
      return [
        ...[program, "--force", "--uefi", "--no-hostonly", "--no-hostonly-cmdline"],
        ...["--kernel-cmdline", cmdline, "--add-drivers", drivers.join(" "), path, release],
      ];
    case "mkinitcpio": // it reads its arguments from /etc/kernel/cmdline
      return [program, "-k", release, "-S", "autodetect", "-U", path];
    default:
      return [
        "/bin/sh",
        "-ec",
        MKINITRAMFS_AND_UKIFY,
        "sh",
        program,
        ukify ?? UKIFY[0],
        release,
        cmdline,
        path,
      ];
  }
}
