/**
 * Enlarges the last partition of a disk that has become larger, before anything on it is opened: what lies in the
 * partition is enlarged when the guest has been fixed (`grow_content.ts`).
 *
 * @module
 */
import { GuestfsError } from "../../../ffi/guestfs/handle.ts";
import type { Concern } from "../../model/concern.ts";
import { guestfsFailure } from "../failure.ts";
import type { GuestSession } from "../session.ts";
import { applianceShell, deviceWord } from "../shell.ts";
import {
  enlargedNumbers,
  lastPartition,
  parsePartitionTable,
  type PartitionTable,
} from "./partition_table.ts";

/** A device that is larger than what it holds. */
export interface GrownDevice {
  /** The partition, or the disk itself where it has no partitions. */
  readonly device: string;
  /** Bytes before. */
  readonly beforeBytes: number;
  /** Bytes after. */
  readonly afterBytes: number;
}

/** What became of the partitions. */
export interface PartitionGrowth {
  /** What can be filled now; undefined when nothing could be enlarged. */
  readonly grown?: GrownDevice;
  /** Why not. */
  readonly concerns: readonly Concern[];
}

/** Content that can take more space. */
const GROWS = /^(ext[234]|xfs|btrfs|LVM2_member|crypto_LUKS)$/;

/**
 * Enlarges the last partition to the end of its disk.
 *
 * @param disk device in the appliance, such as `/dev/sda`
 * @param beforeBytes size of the disk before
 * @throws {MigrateError} `guestfs/failed` when sfdisk fails
 */
export async function growPartition(
  session: GuestSession,
  disk: string,
  beforeBytes: number,
): Promise<PartitionGrowth> {
  const table = await readTable(session, disk);
  const last = table === null ? undefined : lastPartition(table);
  if (table !== null && last === undefined) return blocked(disk, "it has no partition");
  const device = last?.device ?? disk;
  const type = (await session.call("blkid", device).catch(noSignature)).TYPE ?? "nothing";
  if (!GROWS.test(type)) {
    return blocked(disk, `${device} is its last part and holds ${type}, which cannot grow`);
  }
  if (table === null || last === undefined) {
    return { grown: { device, beforeBytes, afterBytes: await sizeOf(session, device) }, concerns: [] };
  }
  const before = await sizeOf(session, device);
  const word = deviceWord(disk);
  // BLKPG, which partx uses, enlarges a partition that LVM has in use; reading the whole table anew does not.
  const commands = enlargedNumbers(table, last).flatMap((number) => [
    `echo ', +' | sfdisk --quiet --no-reread --no-tell-kernel -N ${number} ${word}`,
    `partx --update --nr ${number}:${number} ${word}`,
  ]);
  try {
    await applianceShell(session, [...commands, "udevadm settle"].join(" && "));
  } catch (error) {
    throw guestfsFailure(error, `enlarge ${device}`, "open");
  }
  return { grown: { device, beforeBytes: before, afterBytes: await sizeOf(session, device) }, concerns: [] };
}

/** Null when the disk has no partition table. */
async function readTable(session: GuestSession, disk: string): Promise<PartitionTable | null> {
  const partitions = await session.call("list_partitions");
  if (!partitions.some((one) => one.startsWith(disk))) return null;
  try {
    const json = await applianceShell(session, `sfdisk --json ${deviceWord(disk)} 2>/dev/null`);
    return parsePartitionTable(json, disk);
  } catch (error) {
    throw guestfsFailure(error, `read the partition table of ${disk}`, "open");
  }
}

function noSignature(error: unknown): Readonly<Record<string, string>> {
  if (error instanceof GuestfsError) return {};
  throw error;
}

async function sizeOf(session: GuestSession, device: string): Promise<number> {
  return await session.call("blockdev_getsize64", device);
}

function blocked(disk: string, reason: string): PartitionGrowth {
  return {
    concerns: [{
      id: "resize/not-filled",
      severity: "warning",
      message: `${disk} is larger, but nothing on it was enlarged: ${reason}.`,
      hint: "Use the free space at its end in the guest, as by a new partition.",
    }],
  };
}
