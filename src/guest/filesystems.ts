/**
 * The filesystems of all disks of a guest, through LUKS, RAID and LVM in whatever order they are stacked.
 * libguestfs's own list_filesystems starts the LVM and MD tools each time; here they are asked only when a
 * signature calls for them.
 *
 * @module
 */
import type { GuestFilesystem } from "../model/guest.ts";
import { keysFor, type LuksKey } from "./luks_keys.ts";
import type { GuestSession } from "./session.ts";
import { unlock } from "./unlock.ts";

/** Signatures of containers, which hold filesystems but are none. */
const LVM_MEMBER = "LVM2_member";
const RAID_MEMBER = "linux_raid_member";
const LUKS_VOLUME = "crypto_LUKS";

/** What the disks hold. */
export interface Storage {
  /** Filesystems, swap areas and containers, in the order of the disks. */
  readonly filesystems: readonly GuestFilesystem[];
  /** LUKS volumes that no key opens. */
  readonly locked: readonly string[];
  /** Logical volumes and RAID members that cannot be used, because a disk of theirs is not here. */
  readonly incomplete: readonly string[];
}

/** A device, and the encrypted one that it comes from. */
interface Found {
  readonly device: string;
  readonly within?: string;
}

/** Lists what is on the disks, and opens what is encrypted with the keys that fit. */
export async function listStorage(session: GuestSession, keys: readonly LuksKey[] = []): Promise<Storage> {
  const storage = {
    filesystems: [] as GuestFilesystem[],
    locked: [] as string[],
    incomplete: [] as string[],
  };
  let devices = await plainDevices(session);
  while (devices.length > 0) {
    const fresh = await identify(session, devices);
    storage.filesystems.push(...fresh);
    // Before more is opened: volumes that appear then belong to what is opened.
    const plain = [...await arrays(session, fresh, storage), ...await volumes(session, fresh, storage)];
    const opened = await openAll(session, fresh, keys, storage);
    if (opened.length > 0) await session.call("lvm_scan", true);
    const next = [...opened, ...plain];
    const known = new Set(storage.filesystems.map(({ device }) => device));
    devices = next.filter(({ device }) => !known.has(device));
  }
  // A group that lies partly in LUKS was incomplete until that was opened.
  const found = new Set(storage.filesystems.map(({ device }) => device));
  return { ...storage, incomplete: storage.incomplete.filter((device) => !found.has(device)) };
}

async function plainDevices(session: GuestSession): Promise<Found[]> {
  const partitions = await session.call("list_partitions");
  const disks = await session.call("list_devices");
  const bare = disks.filter((disk) => !partitions.some((one) => one.startsWith(disk)));
  return [...partitions, ...bare].toSorted().map((device) => ({ device }));
}

async function openAll(
  session: GuestSession,
  fresh: readonly GuestFilesystem[],
  keys: readonly LuksKey[],
  storage: { readonly filesystems: readonly GuestFilesystem[]; readonly locked: string[] },
): Promise<Found[]> {
  const opened: Found[] = [];
  for (const volume of fresh.filter(({ type }) => type === LUKS_VOLUME)) {
    const device = await unlock(session, volume.device, keysFor(volume, keys, storage.filesystems));
    if (device === null) storage.locked.push(volume.device);
    else opened.push({ device, within: volume.device });
  }
  return opened;
}

/** RAID arrays: the appliance has assembled those that are complete enough. */
async function arrays(
  session: GuestSession,
  fresh: readonly GuestFilesystem[],
  storage: { readonly incomplete: string[] },
): Promise<Found[]> {
  const members = fresh.filter(({ type }) => type === RAID_MEMBER);
  if (members.length === 0) return [];
  const found = await session.call("list_md_devices");
  if (found.length === 0) storage.incomplete.push(...members.map(({ device }) => device));
  return found.map((device) => ({ device }));
}

/** Logical volumes. One that is listed and not there lacks a physical volume. */
async function volumes(
  session: GuestSession,
  fresh: readonly GuestFilesystem[],
  storage: { readonly incomplete: string[] },
): Promise<Found[]> {
  const members = fresh.filter(({ type }) => type === LVM_MEMBER);
  if (members.length === 0) return [];
  const within = members.find((one) => one.within !== undefined)?.within;
  const found: Found[] = [];
  for (const device of await session.call("lvs")) {
    const isThere = await session.call("blockdev_getsize64", device).then(() => true, () => false);
    if (isThere) found.push({ device, ...(within === undefined ? {} : { within }) });
    else if (!storage.incomplete.includes(device)) storage.incomplete.push(device);
  }
  return found;
}

async function identify(session: GuestSession, devices: readonly Found[]): Promise<GuestFilesystem[]> {
  const found: GuestFilesystem[] = [];
  for (const { device, within } of devices) {
    // blkid fails on a device without any signature, such as the extended partition of an MBR.
    const tags = await session.call("blkid", device).catch(() => ({}));
    const filesystem = fromBlkid(device, tags);
    if (filesystem !== null) found.push({ ...filesystem, ...(within === undefined ? {} : { within }) });
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
