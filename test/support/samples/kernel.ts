/**
 * A kernel of a sample guest with its modules and its initramfs, which has VMware's drivers and none for virtio.
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import { writeCpio } from "../../../src/fix/linux/initramfs/cpio_writer.ts";
import type { MemoryEntry } from "../memory_files.ts";

/** What is asked for. */
export interface SampleKernel {
  /** Release, as `uname -r` prints it. */
  readonly release: string;
  /** Path of the kernel. */
  readonly kernel: string;
  /** Path of the initramfs. */
  readonly initramfs: string;
  /** Who made the initramfs. */
  readonly generator: "dracut" | "mkinitcpio" | "mkinitrd";
  /** What the distribution compresses modules with. */
  readonly suffix: "" | ".xz" | ".zst";
  /** The module of the root filesystem. */
  readonly filesystem: string;
}

/** What only one generator puts into its images. */
const MARKS: Readonly<Record<SampleKernel["generator"], Readonly<Record<string, string>>>> = {
  dracut: { "usr/lib/dracut/dracut-057": "", "usr/lib/dracut-lib.sh": "#!/bin/sh\n" },
  mkinitcpio: { "buildconfig": "", "init_functions": "", "config": 'EARLYHOOKS="udev"\n' },
  mkinitrd: { "run_all.sh": "", "boot/01-start.sh": "" },
};
/** Drivers that the kernel has, in the places where it has them. */
const DRIVERS = [
  "drivers/virtio/virtio_ring",
  "drivers/virtio/virtio",
  "drivers/virtio/virtio_pci",
  "drivers/block/virtio_blk",
  "drivers/scsi/virtio_scsi",
  "drivers/net/virtio_net",
  "drivers/scsi/vmw_pvscsi",
] as const;
const VMWARE = "drivers/scsi/vmw_pvscsi";

/** The files of a kernel; a microcode archive comes before the initramfs, as distributions for x86 have it. */
export function kernelFiles(wanted: SampleKernel): Record<string, MemoryEntry> {
  const { release, kernel, initramfs, generator, suffix, filesystem } = wanted;
  const folder = `/usr/lib/modules/${release}`;
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const modules = [...DRIVERS, `fs/${filesystem}/${filesystem}`].map((path) => `kernel/${path}.ko${suffix}`);
  const inside = [VMWARE, `fs/${filesystem}/${filesystem}`].map((path) => ({
    path: `usr/lib/modules/${release}/kernel/${path}.ko`,
    content: bytes("module"),
  }));
  const marks = Object.entries(MARKS[generator]).map(([path, text]) => ({ path, content: bytes(text) }));
  const early = writeCpio(
    [{ path: "kernel/x86/microcode/GenuineIntel.bin", content: bytes("code") }],
    () => false,
  );
  const main = writeCpio([{ path: "init", content: bytes("#!/bin/sh\n") }, ...marks, ...inside], () => false);
  return {
    [kernel]: "kernel",
    [initramfs]: new Uint8Array([...early, ...gzipSync(main)]),
    [`${folder}/modules.dep`]: modules.map((path) => `${path}:${needs(path, suffix)}\n`).join(""),
    [`${folder}/modules.builtin`]: "kernel/drivers/char/tpm/tpm.ko\n",
    [`${folder}/modules.alias`]: "alias virtio:d00000002v* virtio_blk\nalias pci:v00001AF4d* virtio_pci\n",
    ...Object.fromEntries(modules.map((path) => [`${folder}/${path}`, "module"])),
  };
}

function needs(path: string, suffix: string): string {
  if (!/virtio_(pci|blk|scsi|net)/.test(path)) return "";
  return ["virtio", "virtio_ring"].map((name) => ` kernel/drivers/virtio/${name}.ko${suffix}`).join("");
}

/** What every merged-usr system has: /lib and the like are links. */
export const MERGED_USR: Readonly<Record<string, MemoryEntry>> = {
  "/lib": { link: "usr/lib" },
  "/lib64": { link: "usr/lib64" },
  "/bin": { link: "usr/bin" },
  "/sbin": { link: "usr/sbin" },
  "/usr/bin/sh": "program",
  "/usr/lib64/ld-linux-x86-64.so.2": "loader",
};
