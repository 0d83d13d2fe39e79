/**
 * The filesystems of all disks of a guest. libguestfs's own list_filesystems starts the LVM and MD tools each
 * time; here they are asked only when a signature calls for them.
 *
 * @module
 */
import type { GuestFilesystem } from "../model/guest.ts";
import type { GuestSession } from "./session.ts";

/** Signatures of containers, which hold filesystems but are none. */
const LVM_MEMBER = "LVM2_member";
const RAID_MEMBER = "linux_raid_member";

/** Lists filesystems, swap areas and containers, in the order of the disks. */
export async function listFilesystems(session: GuestSession): Promise<GuestFilesystem[]> {
  const partitions = await session.call("list_partitions");
  const disks = await session.call("list_devices");
  const bare = disks.filter((disk) => !partitions.some((one) => one.startsWith(disk)));
  const found = await identify(session, [...partitions, ...bare].toSorted());
  if (found.some((one) => one.type === RAID_MEMBER)) {
    found.push(...await identify(session, await session.call("list_md_devices")));
  }
  if (found.some((one) => one.type === LVM_MEMBER)) {
    found.push(...await identify(session, await session.call("lvs")));
  }
  return found;
}

async function identify(session: GuestSession, devices: readonly string[]): Promise<GuestFilesystem[]> {
  const found: GuestFilesystem[] = [];
  for (const device of devices) {
    // blkid fails on a device without any signature, such as the extended partition of an MBR.
    const tags = await session.call("blkid", device).catch(() => ({}));
    const filesystem = fromBlkid(device, tags);
    if (filesystem !== null) found.push(filesystem);
  }
  return found;
}

/** Reads blkid's low-level tags (`blkid -p -o export`); null when there is no signature. */
export function fromBlkid(device: string, tags: Readonly<Record<string, string>>): GuestFilesystem | null {
  const { TYPE, UUID, LABEL, PART_ENTRY_UUID } = tags;
  if (TYPE === undefined) return null;
  return {
    device,
    type: TYPE,
    ...(UUID === undefined ? {} : { uuid: UUID }),
    ...(LABEL === undefined ? {} : { label: LABEL }),
    ...(PART_ENTRY_UUID === undefined ? {} : { partUuid: PART_ENTRY_UUID }),
  };
}
