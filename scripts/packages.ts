/**
 * What the project needs from the system: one row a component, with how to see that it is there and which
 * package has it. A need that is not in this table is not installed by `deno task setup`.
 *
 * @module
 */
import { LIBGUESTFS_XFS, OVMF_CODE, type Probe } from "./presence.ts";

/** `run`: to migrate; `sample`: to build the sample guests; `test`: to run every test. */
export type Group = "run" | "sample" | "test";

/** Every group, in the order in which each builds on the one before. */
export const GROUPS: readonly Group[] = ["run", "sample", "test"];

/** Package managers whose names are known; only `apt` is driven. */
export type PackageManager = "apt" | "dnf" | "zypper" | "pacman";

/** One component. */
export interface Component {
  /** What people call it. */
  readonly name: string;
  /** Which tasks need it. */
  readonly group: Group;
  /** How to see that it is there. */
  readonly probe: Probe;
  /** Its package by package manager; null where it comes with another row or does not exist. */
  readonly packages: Readonly<Record<PackageManager, string | null>> & { readonly ubuntu?: string };
}

function program(name: string, group: Group, apt: string, others: Others = {}): Component {
  return row(name, group, { kind: "program", name }, apt, others);
}

type Others = { dnf?: string | null; zypper?: string | null; pacman?: string | null; ubuntu?: string };

/** A package has the same name everywhere unless `others` says otherwise. */
function row(name: string, group: Group, probe: Probe, apt: string, others: Others = {}): Component {
  return { name, group, probe, packages: { apt, dnf: apt, zypper: apt, pacman: apt, ...others } };
}

const RUN: readonly Component[] = [
  program("qemu-img", "run", "qemu-utils", { dnf: "qemu-img", zypper: "qemu-tools", pacman: "qemu-img" }),
  program("nbdcopy", "run", "libnbd-bin", { dnf: "libnbd", zypper: "libnbd", pacman: "libnbd" }),
  program("qemu-system-x86_64", "run", "qemu-system-x86", {
    dnf: "qemu-system-x86-core",
    zypper: "qemu-x86",
  }),
  row("UEFI firmware", "run", { kind: "file", anyOf: OVMF_CODE }, "ovmf", {
    dnf: "edk2-ovmf",
    zypper: "qemu-ovmf-x86_64",
    pacman: "edk2-ovmf",
  }),
  row("libguestfs", "run", { kind: "library", soname: "libguestfs.so.0" }, "libguestfs0", {
    dnf: "libguestfs",
    pacman: "libguestfs",
  }),
  row("XFS in libguestfs", "run", { kind: "file", anyOf: LIBGUESTFS_XFS }, "libguestfs-xfs", {
    zypper: null,
    pacman: null,
  }),
  row("libvirt", "run", { kind: "library", soname: "libvirt.so.0" }, "libvirt0", {
    dnf: "libvirt-libs",
    zypper: "libvirt-libs",
    pacman: "libvirt",
  }),
  row("a kernel for the libguestfs appliance", "run", { kind: "kernel" }, kernelPackage(), {
    ubuntu: "linux-image-virtual",
    dnf: "kernel-core",
    zypper: "kernel-default-base",
    pacman: "linux",
  }),
  // The compressions of initramfs images.
  program("xz", "run", "xz-utils", { dnf: "xz", zypper: "xz", pacman: "xz" }),
  program("zstd", "run", "zstd"),
  program("lz4", "run", "lz4"),
  program("bzip2", "run", "bzip2"),
  program("lzop", "run", "lzop"),
];

function kernelPackage(): string {
  return Deno.build.arch === "aarch64" ? "linux-image-cloud-arm64" : "linux-image-cloud-amd64";
}

const NO_DEBIAN_ROOT = { dnf: null, zypper: null };

const SAMPLE: readonly Component[] = [
  program("mmdebstrap", "sample", "mmdebstrap", NO_DEBIAN_ROOT),
  program("sfdisk", "sample", "fdisk", { dnf: "util-linux", zypper: "util-linux", pacman: "util-linux" }),
  program("mkfs.ext4", "sample", "e2fsprogs"),
  program("mkfs.vfat", "sample", "dosfstools"),
  program("mcopy", "sample", "mtools"),
  program("mkfs.btrfs", "sample", "btrfs-progs", { zypper: "btrfsprogs" }),
  program("mkfs.xfs", "sample", "xfsprogs"),
  program("lvm", "sample", "lvm2"),
  program("cryptsetup", "sample", "cryptsetup-bin", {
    dnf: "cryptsetup",
    zypper: "cryptsetup",
    pacman: "cryptsetup",
  }),
  program("grub-mkimage", "sample", "grub-common", {
    dnf: "grub2-tools",
    zypper: "grub2",
    pacman: "grub",
  }),
  row("GRUB for BIOS", "sample", file("/usr/lib/grub/i386-pc/boot.img"), "grub-pc-bin", {
    dnf: "grub2-pc-modules",
    zypper: "grub2-i386-pc",
    pacman: "grub",
  }),
  row("GRUB for UEFI", "sample", file("/usr/lib/grub/x86_64-efi/modinfo.sh"), "grub-efi-amd64-bin", {
    dnf: "grub2-efi-x64-modules",
    zypper: "grub2-x86_64-efi",
    pacman: "grub",
  }),
  program("fakeroot", "sample", "fakeroot"),
  program("newuidmap", "sample", "uidmap", { dnf: "shadow-utils", zypper: "shadow", pacman: "shadow" }),
];

function file(...anyOf: string[]): Probe {
  return { kind: "file", anyOf };
}

const TEST: readonly Component[] = [
  program("virt-v2v", "test", "virt-v2v"),
  program("qemu-nbd", "test", "qemu-utils", { dnf: "qemu-img", zypper: "qemu-tools", pacman: "qemu-img" }),
  program("losetup", "test", "mount", { dnf: "util-linux", zypper: "util-linux", pacman: "util-linux" }),
  row("libguestfs header", "test", file("/usr/include/guestfs.h"), "libguestfs-dev", {
    dnf: "libguestfs-devel",
    zypper: "libguestfs-devel",
    pacman: null,
  }),
  row("libvirt header", "test", file("/usr/include/libvirt/libvirt.h"), "libvirt-dev", {
    dnf: "libvirt-devel",
    zypper: "libvirt-devel",
    pacman: null,
  }),
  program("libvirtd", "test", "libvirt-daemon", { pacman: "libvirt" }),
  row("libvirt's qemu driver", "test", file("/etc/libvirt/qemu.conf"), "libvirt-daemon-system", {
    dnf: "libvirt-daemon-driver-qemu",
    zypper: "libvirt-daemon-qemu",
    pacman: null,
  }),
  program("virsh", "test", "libvirt-clients", {
    dnf: "libvirt-client",
    zypper: "libvirt-client",
    pacman: "libvirt",
  }),
  program("qemu-ga", "test", "qemu-guest-agent"),
  program("nc", "test", "netcat-openbsd", { dnf: "netcat", pacman: "openbsd-netcat" }),
  program("nbdkit", "test", "nbdkit"),
  program("nbdinfo", "test", "libnbd-bin", { dnf: "libnbd", zypper: "libnbd", pacman: "libnbd" }),
  program("xmllint", "test", "libxml2-utils", { dnf: "libxml2", zypper: "libxml2-tools", pacman: "libxml2" }),
  row("data of libosinfo", "test", file("/usr/share/osinfo/VERSION"), "osinfo-db"),
  program("ip", "test", "iproute2", { dnf: "iproute" }),
  program("openssl", "test", "openssl"),
  program("patch", "test", "patch"),
  program("modprobe", "test", "kmod"),
  program("bwrap", "test", "bubblewrap"),
  program("mandoc", "test", "mandoc"),
  program("man", "test", "man-db"),
  program("systemd-analyze", "test", "systemd"),
  program("debugfs", "test", "e2fsprogs"),
  program("cpio", "test", "cpio"),
  program("objcopy", "test", "binutils"),
  row(
    "systemd's stub for unified kernel images",
    "test",
    file("/usr/lib/systemd/boot/efi/linuxx64.efi.stub"),
    "systemd-boot-efi",
    { dnf: "systemd-boot-unsigned", zypper: "systemd-boot", pacman: "systemd" },
  ),
  program("xorriso", "test", "xorriso", { dnf: "xorriso", pacman: "libisoburn" }),
  program("zip", "test", "zip"),
  program("tmux", "test", "tmux"),
  program("curl", "test", "curl"), // what downloads are compared with
  // The vCenter simulator of the tests.
  program("go", "test", "golang-go", { dnf: "golang", zypper: "go", pacman: "go" }),
  row(
    "govmomi",
    "test",
    file("/usr/share/gocode/src/github.com/vmware/govmomi/simulator/simulator.go"),
    "golang-github-vmware-govmomi-dev",
    { dnf: null, zypper: null, pacman: null },
  ),
  program("sshd", "test", "openssh-server", { zypper: "openssh", pacman: "openssh" }),
  program("ssh", "test", "openssh-client", { dnf: "openssh-clients", zypper: "openssh", pacman: "openssh" }),
];

/** Every component. */
export const COMPONENTS: readonly Component[] = [...RUN, ...SAMPLE, ...TEST];

/** The components of some groups. */
export function componentsOf(groups: readonly Group[]): readonly Component[] {
  return COMPONENTS.filter((component) => groups.includes(component.group));
}
