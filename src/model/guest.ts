/**
 * The operating system inside the disks, as inspection found it. Devices are named as the appliance names
 * them: `/dev/sda` is the first disk of the source.
 *
 * @module
 */

/** One filesystem, swap area or other content that blkid knows. */
export interface GuestFilesystem {
  /** Device in the appliance, such as `/dev/sda1` or `/dev/vg0/root`. */
  readonly device: string;
  /** Type as blkid names it: `ext4`, `xfs`, `swap`, `vfat`. */
  readonly type: string;
  /** Filesystem UUID. */
  readonly uuid?: string;
  /** Filesystem label. */
  readonly label?: string;
  /** UUID of the partition (GPT), or disk signature and number (MBR). */
  readonly partUuid?: string;
  /** The encrypted device that holds it, for what was found inside a LUKS volume. */
  readonly within?: string;
  /** Every other name that the guest itself has for the device; known of a running guest only. */
  readonly links?: readonly string[];
}

/** One mounted filesystem of the guest. */
export interface GuestMount {
  /** Device in the appliance. */
  readonly device: string;
  /** Mount point in the guest. */
  readonly path: string;
}

/** One kernel that is installed in the guest. */
export interface GuestKernel {
  /** Release, as in `/lib/modules/RELEASE`. */
  readonly release: string;
  /** Whether `/lib/modules/RELEASE` exists. */
  readonly hasModules: boolean;
}

/** One entry of the guest's boot menu. */
export interface BootEntry {
  /** Title as the menu shows it. */
  readonly title: string;
  /** The file that holds it. */
  readonly file: string;
  /** Absolute path of the kernel in the guest. */
  readonly kernel: string;
  /** Absolute paths of the initramfs images, in load order; empty when none is loaded. */
  readonly initrds: readonly string[];
  /** Kernel command line without the kernel itself. */
  readonly cmdline: string;
  /** Whether it is the one that boots by default. */
  readonly isDefault: boolean;
}

/** One network interface that the guest's configuration names. */
export interface GuestInterface {
  /** Name, such as `ens192`. */
  readonly name: string;
  /** MAC address that the guest's own files tie to the name, lower case. */
  readonly mac?: string;
  /** What ties them: a udev rule, a .link file, a keyfile. */
  readonly macFile?: string;
  /** Whether its configuration finds the card by MAC address alone, so that the name does not matter. */
  readonly followsMac?: boolean;
  /** Static addresses in CIDR form; empty for DHCP. */
  readonly addresses: readonly string[];
  /** Whether it is configured by DHCP. */
  readonly dhcp: boolean;
  /** The file that configures it. */
  readonly file: string;
}

/** A guest operating system. */
export interface Guest {
  /** `linux`, `windows`, or `unknown` when no root was found. */
  readonly osType: "linux" | "windows" | "unknown";
  /** Device of the root filesystem; a btrfs subvolume as libguestfs names it, `btrfsvol:/dev/sda1/@`. */
  readonly root: string;
  /** Why this root was chosen. */
  readonly rootReason: string;
  /** `ID` of os-release, such as `debian`. */
  readonly distro: string;
  /** `PRETTY_NAME` of os-release. */
  readonly productName: string;
  /** `VERSION_ID` of os-release. */
  readonly version: string;
  /** Machine type: `x86_64`, `i686`, `aarch64` or `unknown`. */
  readonly arch: string;
  /** Host name, empty when unknown. */
  readonly hostname: string;
  /** Filesystems of all disks. */
  readonly filesystems: readonly GuestFilesystem[];
  /** What is mounted where. */
  readonly mounts: readonly GuestMount[];
  /** Whether the disk boots by BIOS or UEFI. */
  readonly firmware: "bios" | "uefi";
  /** Installed kernels. */
  readonly kernels: readonly GuestKernel[];
  /** Boot menu. */
  readonly bootEntries: readonly BootEntry[];
  /** Configured interfaces. */
  readonly interfaces: readonly GuestInterface[];
}
