/**
 * Unified kernel images of systemd's stub, as `dracut --uefi` joins them.
 *
 * @module
 */
import { join } from "@std/path";
import { runCommand } from "../../src/run/command.ts";

const EFI = "/usr/lib/systemd/boot/efi";
/** systemd's bootloader for UEFI. */
export const SYSTEMD_BOOT = `${EFI}/systemd-bootx64.efi`;
/** What a test needs that makes such images. */
export const UNIFIED_NEEDS = { programs: ["objcopy", SYSTEMD_BOOT] } as const;

/** What goes into an image. */
export interface UnifiedParts {
  /** The kernel's file. */
  readonly kernel: string;
  /** The initramfs's file. */
  readonly initrd: string;
  /** Arguments for the kernel. */
  readonly cmdline: string;
}

/** Makes an image. */
export async function makeUnified(path: string, parts: UnifiedParts, scratch: string): Promise<void> {
  const cmdline = join(scratch, "cmdline");
  await Deno.writeTextFile(cmdline, `${parts.cmdline}\n`);
  const osrel = join(scratch, "os-release"); // systemd-boot lists nothing without it
  await Deno.writeTextFile(
    osrel,
    'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
  );
  const sections = [
    ["osrel", osrel, 0x20000],
    ["cmdline", cmdline, 0x30000],
    ["linux", parts.kernel, 0x2000000],
    ["initrd", parts.initrd, 0x3000000],
  ];
  const args = sections.flatMap(([name, file, address]) => [
    ...["--add-section", `.${name}=${file}`, "--change-section-vma", `.${name}=${address}`],
  ]);
  await runCommand("objcopy", [...args, `${EFI}/linuxx64.efi.stub`, path]);
}
