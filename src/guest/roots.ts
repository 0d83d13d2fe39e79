/**
 * Which filesystem is the root: every candidate is looked at, scored, and the choice has a reason.
 *
 * @module
 */
import { GuestfsError } from "../../ffi/guestfs/mod.ts";
import type { GuestFilesystem } from "../model/guest.ts";
import { parseCrypttab, resolveDevice, splitSubvolume, subvolumeName } from "./devices.ts";
import { GuestfsFiles } from "./guestfs_files.ts";
import { parseFstab, ROOT_TYPES } from "./mount.ts";
import { OLD_RELEASES, OS_RELEASES } from "./release_files.ts";
import type { GuestSession } from "./session.ts";

/** How much a candidate looks like a root filesystem, and why. */
export interface RootScore {
  /** Device in the appliance, or a btrfs subvolume (`btrfsvol:/dev/sda1/@`). */
  readonly device: string;
  /** Higher is better; 0 is no root. */
  readonly score: number;
  /** What was seen. */
  readonly seen: readonly string[];
}

/** A filesystem that may be the root and cannot be mounted. */
export interface Unmountable {
  /** Device in the appliance. */
  readonly device: string;
  /** What the appliance says. */
  readonly reason: string;
}

/** What the search found. */
export interface RootSearch {
  /** Every candidate that could be mounted. */
  readonly scores: readonly RootScore[];
  /** Those that could not. */
  readonly unmountable: readonly Unmountable[];
}

/** What a release file counts. */
const RELEASE_POINTS = 4;
/** What marks a root filesystem, and how much each mark counts. */
const ROOT_MARKS: readonly (readonly [path: string, points: number])[] = [
  ...OS_RELEASES.map((path) => [path, RELEASE_POINTS] as const),
  ["/etc/fstab", 2],
  ["/usr/bin", 1],
  ["/lib/modules", 1],
  ["/usr/lib/modules", 1],
];
/** A system whose own fstab names this filesystem as `/` is the one that runs, not a copy of it. */
const OWN_FSTAB = "an fstab that names it as /";
const OWN_FSTAB_POINTS = 8;

/** Scores a filesystem as a root by the marks that it has. */
export function scoreRoot(device: string, present: ReadonlySet<string>): RootScore {
  const isNew = OS_RELEASES.some((path) => present.has(path));
  // Of systems older than os-release(5), one file counts as that would.
  const old = isNew ? undefined : OLD_RELEASES.find((path) => present.has(path));
  const marks = old === undefined ? ROOT_MARKS : [[old, RELEASE_POINTS] as const, ...ROOT_MARKS];
  const seen = marks.filter(([path]) => present.has(path));
  const score = seen.reduce((sum, [, points]) => sum + points, 0);
  // Without a release file it is a data disk that happens to hold /etc/fstab or /usr.
  return { device, score: isNew || old !== undefined ? score : 0, seen: seen.map(([path]) => path) };
}

/** Whether an fstab's line for `/` means this filesystem and, on btrfs, this subvolume. */
export function namesItself(
  candidate: string,
  fstab: string,
  crypttab: string,
  filesystems: readonly GuestFilesystem[],
): boolean {
  const { device, subvolume } = splitSubvolume(candidate);
  const entry = parseFstab(fstab).find(({ path }) => path === "/");
  if (entry === undefined) return false;
  if (resolveDevice(entry.spec, filesystems, parseCrypttab(crypttab))?.device !== device) return false;
  const wanted = entry.options.find((option) => option.startsWith("subvol="))?.slice("subvol=".length);
  return wanted === undefined || wanted.replace(/^\//, "") === (subvolume ?? "");
}

/** The best candidate, null when there is none, and why it was chosen. */
export function chooseRoot(
  scores: readonly RootScore[],
): { readonly device: string; readonly reason: string; readonly rivals: readonly string[] } | null {
  const roots = scores.filter(({ score }) => score > 0).toSorted((a, b) => b.score - a.score);
  const [best, ...others] = roots;
  if (best === undefined) return null;
  const { device, score } = best;
  const rivals = others.filter((one) => one.score === score).map((one) => one.device);
  const seen = `it has ${best.seen.join(", ")}`;
  if (others.length === 0) return { device, reason: `the only root: ${seen}`, rivals };
  const beside = others.map((one) => `${one.device} (${one.score})`).join(", ");
  const reason = rivals.length === 0
    ? `${seen}: ${score} points, more than ${beside}`
    : `the first of several with ${score} points: ${seen}; beside it ${beside}`;
  return { device, reason, rivals };
}

/** Snapshots of snapper, timeshift and the like, and what containers and machines inside the guest are made of. */
const NO_ROOT =
  /(^|\/)[@._-]*snap(shots?)?(\/|$)|(^|\/)[^/]*snapshots?\/|^timeshift-btrfs\/|(^|\/)@?var\/lib\/|(^|\/)\.btrbk/;

/** Whether a btrfs subvolume can be a root of its own. */
export function canBeRoot(subvolume: string): boolean {
  return !NO_ROOT.test(subvolume);
}

/** The id of the subvolume at the top of a btrfs filesystem (BTRFS_FS_TREE_OBJECTID). */
const TOP_ID = 5;

/** What can be mounted of a btrfs filesystem as a root: its default subvolume first, whatever it is. */
async function btrfsCandidates(session: GuestSession, device: string): Promise<string[]> {
  const defaultId = await session.call("btrfs_subvolume_get_default", device);
  const subvolumes = (await session.call("btrfs_subvolume_list", device)).map((one) => ({
    id: one.btrfssubvolume_id,
    path: one.btrfssubvolume_path,
  }));
  const byDefault = subvolumes.filter(({ id }) => id === defaultId);
  const others = subvolumes.filter(({ id, path }) => id !== defaultId && canBeRoot(path));
  const names = [...byDefault, ...others].map(({ path }) => subvolumeName(device, path));
  return defaultId === TOP_ID || byDefault.length === 0 ? [device, ...names] : names;
}

async function candidates(
  session: GuestSession,
  filesystems: readonly GuestFilesystem[],
  wanted: string | undefined,
): Promise<{ readonly devices: string[]; readonly unmountable: Unmountable[] }> {
  const named = wanted === undefined ? undefined : splitSubvolume(wanted);
  const device = named === undefined ? undefined : resolveDevice(named.device, filesystems)?.device;
  const isWanted = (one: GuestFilesystem): boolean =>
    wanted === undefined ? ROOT_TYPES.has(one.type) : one.device === device;
  const devices: string[] = [];
  const unmountable: Unmountable[] = [];
  const seen = new Set<string>();
  for (const one of filesystems.filter(isWanted)) {
    if (one.type !== "btrfs") devices.push(one.device);
    else if (named?.subvolume !== undefined) devices.push(subvolumeName(one.device, named.subvolume));
    else if (!seen.has(one.uuid ?? one.device)) { // the members of one filesystem share its UUID
      seen.add(one.uuid ?? one.device);
      try {
        devices.push(...await btrfsCandidates(session, one.device));
      } catch (error) {
        if (!(error instanceof GuestfsError)) throw error;
        unmountable.push({ device: one.device, reason: firstLine(error.message) });
      }
    }
  }
  return { devices, unmountable };
}

/**
 * Looks at every candidate. The only one stays mounted, read-write: it will be the root, or none is; of several
 * none stays mounted.
 *
 * @param wanted The root that the user names, in the guest's words or libguestfs's
 */
export async function findRoots(
  session: GuestSession,
  filesystems: readonly GuestFilesystem[],
  wanted?: string,
): Promise<RootSearch> {
  const { devices, unmountable } = await candidates(session, filesystems, wanted);
  const scores: RootScore[] = [];
  for (const device of devices) {
    try {
      await session.call(devices.length === 1 ? "mount" : "mount_ro", device, "/");
    } catch (error) {
      if (!(error instanceof GuestfsError)) throw error;
      unmountable.push({ device, reason: firstLine(error.message) });
      continue;
    }
    scores.push(await look(session, device, filesystems, devices.length > 1));
    if (devices.length > 1) await session.call("umount_all");
  }
  return { scores, unmountable };
}

async function look(
  session: GuestSession,
  device: string,
  filesystems: readonly GuestFilesystem[],
  hasRivals: boolean,
): Promise<RootScore> {
  const present = new Set<string>();
  // "exists" follows links on the way, not the last one: /etc/os-release counts with /usr elsewhere too.
  for (const [path] of ROOT_MARKS) if (await session.call("exists", path)) present.add(path);
  if (!OS_RELEASES.some((path) => present.has(path))) {
    for (const path of OLD_RELEASES) if (await session.call("exists", path)) present.add(path);
  }
  const found = scoreRoot(device, present);
  if (found.score === 0 || !hasRivals || !present.has("/etc/fstab")) return found;
  const crypttab = await text(session, "/etc/crypttab");
  if (!namesItself(device, await text(session, "/etc/fstab"), crypttab, filesystems)) return found;
  return { device, score: found.score + OWN_FSTAB_POINTS, seen: [...found.seen, OWN_FSTAB] };
}

/** Empty where there is none. Not through the cache: another filesystem is mounted at `/` the next time. */
async function text(session: GuestSession, path: string): Promise<string> {
  return await new GuestfsFiles(session).readText(path) ?? "";
}

function firstLine(message: string): string {
  return message.trim().split("\n")[0] ?? "";
}
