/**
 * The root filesystem that the sample guests share: Debian 12 as VMware would leave it, made by mmdebstrap.
 * Its initramfs has only VMware and IDE drivers, so that it cannot boot on virtio as it is.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import { cached, recipeKey } from "./cache.ts";
import { run } from "./disk.ts";
import type { BuildOptions } from "./recipe.ts";

/** Password of root. */
export const GUEST_PASSWORD = "test";
/** Host name. */
export const GUEST_HOSTNAME = "vmguest";
/** The interface that the guest's configuration names. */
export const GUEST_INTERFACE = "ens192";
/** The MAC address that its udev rule ties to that name. */
export const GUEST_MAC = "00:50:56:8a:12:34";

const SUITE = "bookworm";

const PACKAGES = [
  "ca-certificates",
  "grub-pc",
  "ifupdown",
  "initramfs-tools",
  "iproute2",
  "isc-dhcp-client",
  "kmod",
  "linux-image-cloud-amd64",
  "open-vm-tools",
  "systemd-sysv",
  "udev",
];

/** What guests with LVM, LUKS, btrfs and netplan have beside it. */
const STORAGE_PACKAGES = [
  "btrfs-progs",
  "cryptsetup-initramfs",
  "lvm2",
  "mdadm",
  "netplan.io",
];

/** A package that the guest does not have and can install without a network, from a folder of its own. */
const OFFERED_PACKAGE = "qemu-guest-agent";

/** The root filesystems: `plain` is small; `storage` has the tools of every other kind of disk layout. */
export type RootfsFlavour = "plain" | "storage";

/** The encrypted volume of the LUKS guest. */
export const LUKS = {
  name: "sda2_crypt",
  uuid: "22222222-3333-4444-5555-aaaaaaaaaaaa",
  /** The filesystem of /boot, which holds the key: nobody types at a boot proof. */
  bootUuid: "22222222-3333-4444-5555-bbbbbbbbbbbb",
  keyFile: "/luks.key",
} as const;

/** The array of the RAID guest. */
export const RAID = {
  name: "vmguest:0",
  uuid: "44444444:22223333:4444aaaa:bbbbcccc",
  /** Its line in mdadm.conf(5), in the system as in the initramfs. */
  arrayLine: "ARRAY /dev/md0 metadata=1.2 UUID=44444444:22223333:4444aaaa:bbbbcccc name=vmguest:0",
} as const;

/** Its line in the crypttab(5) of the initramfs; that of the system asks for a passphrase. */
const CRYPTTAB_LINE = `${LUKS.name} UUID=${LUKS.uuid} ` +
  `/dev/disk/by-uuid/${LUKS.bootUuid}:${LUKS.keyFile}:30 luks,keyscript=passdev,initramfs,noauto`;

/** Drivers of the initramfs: VMware's and IDE controllers, and nothing for KVM. */
const INITRAMFS_MODULES = ["vmw_pvscsi", "ata_piix", "ata_generic", "sd_mod", "ext4", "vmxnet3"];

/** Where the guest keeps packages that it can install. */
const REPOSITORY = "/srv/packages";

const LOOK = new URL("./vmware_look.sh", import.meta.url);

/** Arguments of mmdebstrap for the root filesystem. */
export function mmdebstrapArgs(tar: string, isRoot: boolean, flavour: RootfsFlavour = "plain"): string[] {
  const initramfs = '"$1/etc/initramfs-tools"';
  const isStorage = flavour === "storage";
  const packages = isStorage ? [...PACKAGES, ...STORAGE_PACKAGES] : PACKAGES;
  const modules = isStorage ? [...INITRAMFS_MODULES, "btrfs"] : INITRAMFS_MODULES;
  return [
    `--mode=${isRoot ? "root" : "auto"}`,
    "--variant=minbase",
    "--architectures=amd64",
    '--aptopt=Acquire::Languages "none"',
    '--aptopt=APT::Install-Recommends "false"',
    "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    `--include=${packages.join(",")}`,
    // Before the kernel is configured, so that the one initramfs that gets built is the right one.
    `--essential-hook=mkdir -p ${initramfs}/conf.d` +
    ` && printf 'MODULES=list\\nCOMPRESS=gzip\\n' > ${initramfs}/conf.d/vmware-only` +
    ` && printf '%s\\n' ${modules.join(" ")} > ${initramfs}/modules`,
    ...(isStorage ? [repositoryHook()] : []),
    `--customize-hook=env ${lookVariables().join(" ")} sh '${fromFileUrl(LOOK)}' "$1"`,
    ...(isStorage ? [luksInitramfsHook(), raidInitramfsHook()] : []),
    SUITE,
    tar,
  ];
}

/** A second initramfs, which opens the LUKS volume: its crypttab would make the other guests wait for it. */
function luksInitramfsHook(): string {
  const script = `echo '${CRYPTTAB_LINE}' > /etc/crypttab; release=$(ls /lib/modules); ` +
    `mkinitramfs -o /boot/initrd.img-$release.luks $release; rm /etc/crypttab`;
  return `--customize-hook=chroot "$1" sh -ec "${script.replaceAll("$", "\\$")}"`;
}

/** A third initramfs, which knows the array of the RAID guest. */
function raidInitramfsHook(): string {
  const script = `release=$(ls /lib/modules); cp /etc/mdadm/mdadm.conf /tmp; ` +
    `echo '${RAID.arrayLine}' > /etc/mdadm/mdadm.conf; ` +
    `mkinitramfs -o /boot/initrd.img-$release.raid $release; mv /tmp/mdadm.conf /etc/mdadm/`;
  return `--customize-hook=chroot "$1" sh -ec "${script.replaceAll("$", "\\$")}"`;
}

/**
 * A package repository in the guest, as its only one: what installs at the first boot has something to install
 * from. The index has the fields that apt needs (Debian's repository format, "Packages Indices").
 */
function repositoryHook(): string {
  const script = `apt-get -q -y --download-only install ${OFFERED_PACKAGE}; mkdir -p ${REPOSITORY}; ` +
    `mv /var/cache/apt/archives/*.deb ${REPOSITORY}; cd ${REPOSITORY}; for deb in *.deb; do ` +
    `dpkg-deb -f $deb; echo Filename: ./$deb; echo Size: $(stat -c %s $deb); ` +
    `echo SHA256: $(sha256sum $deb | cut -d ' ' -f 1); echo; done > Packages; ` +
    `rm -f /etc/apt/sources.list.d/*; echo 'deb [trusted=yes] file:${REPOSITORY} ./' > /etc/apt/sources.list`;
  return `--customize-hook=chroot "$1" sh -ec "${script.replaceAll("$", "\\$")}"`;
}

function lookVariables(): string[] {
  return [
    `GUEST_HOSTNAME=${GUEST_HOSTNAME}`,
    `GUEST_PASSWORD=${GUEST_PASSWORD}`,
    `GUEST_INTERFACE=${GUEST_INTERFACE}`,
    `GUEST_MAC=${GUEST_MAC}`,
  ];
}

/** The tar of the root filesystem, built first if there is none, and the key of its recipe. */
export async function rootfsTar(
  options: BuildOptions,
  flavour: RootfsFlavour = "plain",
): Promise<{ path: string; key: string }> {
  const recipe = [flavour, new URL(import.meta.url), LOOK];
  const folder = await cached(`rootfs-${flavour}`, recipe, options, async (partial) => {
    options.onStep?.("installing Debian 12 as a VMware guest");
    await run("mmdebstrap", mmdebstrapArgs(join(partial, "rootfs.tar"), Deno.uid() === 0, flavour), options);
  });
  return { path: join(folder, "rootfs.tar"), key: await recipeKey(recipe) };
}
