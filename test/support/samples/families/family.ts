/**
 * What a family that cannot be installed here is: the files, laid out as its installer lays them out, and the disk
 * that they are on.
 *
 * @module
 */
import { ROOT_UUID, type Sample } from "../sample.ts";

/** One partition of a family's disk. */
export interface FamilyPartition {
  /** Number. */
  readonly number: number;
  /** Size in MiB. */
  readonly sizeMib: number;
  /** What is on it. */
  readonly type: "vfat" | "ext4" | "xfs" | "btrfs" | "swap";
  /** UUID of that. */
  readonly uuid: string;
  /** Where it is mounted; none for swap. */
  readonly path?: string;
  /** Subvolumes by mount point; the first is the root's. */
  readonly subvolumes?: Readonly<Record<string, string>>;
  /** Whether the root's subvolume is the default one, as snapper has it. */
  readonly rootIsDefault?: true;
}

/** A family: files in memory for fast tests, and the disk for the slow one. */
export interface Family extends Sample {
  /** Short name. */
  readonly id: string;
  /** Type of the partition table. */
  readonly label: "dos" | "gpt";
  /** Partitions, in the order of the disk. */
  readonly partitions: readonly FamilyPartition[];
}

/** UUIDs of the root filesystems: all of them are mounted in one appliance when the disks are made. */
export const ROOT_UUIDS = {
  rhel8: ROOT_UUID,
  fedora40: "6a1c1a3e-0f6c-4f0e-9f0e-3d1b6f0a7c40",
  suse15: "6a1c1a3e-0f6c-4f0e-9f0e-3d1b6f0a7c15",
  arch: "6a1c1a3e-0f6c-4f0e-9f0e-3d1b6f0a7c69",
  centos6: "6a1c1a3e-0f6c-4f0e-9f0e-3d1b6f0a7c06",
} as const;

export const BOOT_UUID = "9d1e3bb0-9f1e-4b5c-8e0f-2f4f1f0c3a44";
export const ESP_UUID = "1A2B-3C4D";

/** A family with what follows from its partitions. */
export function family(given: Omit<Family, "filesystems" | "root">): Family {
  const filesystems = given.partitions.map(({ number, type, uuid }) => ({
    device: `/dev/sda${number}`,
    type,
    uuid,
  }));
  const root = given.partitions.find((one) => one.path === "/" || one.subvolumes !== undefined)!;
  return { ...given, filesystems, root: `/dev/sda${root.number}` };
}
