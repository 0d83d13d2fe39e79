/**
 * Makes /etc/fstab independent of disk names (fstab(5)).
 *
 * @module
 */
import type { Fix, FixContext, FixPlan } from "../fix.ts";
import { PlanDraft } from "../text_edit.ts";
import { type Devices, stableName } from "./device_names.ts";

const ID = "fstab";
const PATH = "/etc/fstab";

/** Which lines are rewritten: all that name a disk by its place, only those by its path, or none. */
export const FSTAB_MODES = ["stabilize-all", "bypath-only", "noop"] as const;
/** One of {@linkcode FSTAB_MODES}. */
export type FstabMode = (typeof FSTAB_MODES)[number];

/** A line of fstab that was looked at. */
export interface FstabLine {
  /** First column, before. */
  readonly device: string;
  /** Second column. */
  readonly mountPoint: string;
  /** What was done with it, or why nothing was. */
  readonly note: string;
}

/** A rewritten fstab. */
export interface FstabResult {
  /** The text after. */
  readonly text: string;
  /** Lines that were changed. */
  readonly changed: readonly FstabLine[];
  /** Lines that are right as they are. */
  readonly leftAlone: readonly FstabLine[];
  /** Lines whose device will not exist. */
  readonly unresolved: readonly FstabLine[];
}

/** Indentation, device, gap, mount point, gap, type, gap, options, rest. */
const LINE = /^(\s*)([^\s#]\S*)(\s+)(\S+)(\s+)(\S+)(?:(\s+)(\S+))?(.*)$/s;
/** Drives with removable media: floppies and CDs. */
const REMOVABLE = /^\/dev\/(fd\d|floppy|sr\d|scd\d|cdrom|cdrw|dvd)/;
/** Links by the place of a disk in the machine. */
const BY_PATH = /^\/dev\/disk\/by-path\//;

/**
 * Replaces the names of disks by `UUID=`, else `PARTUUID=`, else `LABEL=`, and gives drives of removable
 * media `nofail`, since the KVM machine has none. Comments, spacing, options and order stay.
 *
 * @param mode `bypath-only` leaves other names than /dev/disk/by-path alone
 */
export function stabilizeFstab(
  text: string,
  devices: Devices,
  mode: Exclude<FstabMode, "noop"> = "stabilize-all",
): FstabResult {
  const result = { changed: [] as FstabLine[], leftAlone: [] as FstabLine[], unresolved: [] as FstabLine[] };
  const lines = text.split("\n").map((line) => {
    const match = LINE.exec(line);
    return match === null || (mode === "bypath-only" && !BY_PATH.test(match[2]!))
      ? line
      : rewriteLine(line, match, devices, result);
  });
  return { text: lines.join("\n"), ...result };
}

function rewriteLine(
  line: string,
  match: RegExpExecArray,
  devices: Devices,
  result: { changed: FstabLine[]; leftAlone: FstabLine[]; unresolved: FstabLine[] },
): string {
  const [indent, device, mountPoint, type] = [match[1]!, match[2]!, match[4]!, match[6]!];
  const options = (match[8] ?? "defaults").split(",");
  const about = (note: string): FstabLine => ({ device, mountPoint, note });
  if (REMOVABLE.test(device) || /^(iso9660|udf)(,|$)/.test(type) && device.startsWith("/dev/")) {
    if (options.includes("noauto") || options.includes("nofail")) return line;
    result.changed.push(about("nofail: the machine may have no such drive"));
    return withOption(line, match, "nofail");
  }
  const name = rootFallback(stableName(device, devices), mountPoint, devices);
  if (name.kind === "other") return line;
  if (name.kind === "stable") result.leftAlone.push(about(name.reason));
  else if (name.kind === "unresolved") result.unresolved.push(about(name.reason));
  else {
    result.changed.push(about(name.to));
    return `${indent}${name.to}${line.slice(indent.length + device.length)}`;
  }
  return line;
}

/** The line of `/` means the root filesystem, however its device is written. */
function rootFallback(
  name: ReturnType<typeof stableName>,
  mountPoint: string,
  devices: Devices,
): ReturnType<typeof stableName> {
  return name.kind === "unresolved" && mountPoint === "/" ? stableName("/dev/root", devices) : name;
}

function withOption(line: string, match: RegExpExecArray, option: string): string {
  const [, indent, device, gap, mountPoint, gap2, type, gap3, options, rest] = match;
  if (options === undefined) return `${line.trimEnd()}${gap2}defaults,${option}`;
  return `${indent}${device}${gap}${mountPoint}${gap2}${type}${gap3}${options},${option}${rest}`;
}

async function plan({ files, guest, options }: FixContext): Promise<FixPlan> {
  const draft = new PlanDraft(ID);
  const before = await files.readText(PATH);
  if (before === null) return draft.finish();
  const mode = options.fstabMode;
  if (mode !== "stabilize-all") noteMode(draft, before, guest, mode);
  if (mode === "noop") return draft.finish();
  const { text, changed, leftAlone, unresolved } = stabilizeFstab(before, guest, mode);
  const what = changed.map(({ device, mountPoint, note }) => `${device} (${mountPoint}) → ${note}`).join(
    "; ",
  );
  await draft.edit(files, { path: PATH, before, after: text, why: `Names of disks change on KVM: ${what}.` });
  for (const { mountPoint, note } of leftAlone) draft.leave(`${mountPoint}: ${note}`, PATH);
  for (const { device, mountPoint, note } of unresolved) {
    draft.warn({
      id: "fstab/unresolved",
      severity: "warning",
      message: `The line of ${device} on ${mountPoint} in ${PATH} stays as it is: ${note}.`,
      hint: "Convert all disks of the machine together, or give the line the option nofail in the source.",
    });
  }
  return draft.finish();
}

/** Lines that the mode leaves as they are, though their names will not last. */
function noteMode(draft: PlanDraft, text: string, guest: Devices, mode: FstabMode): void {
  for (const { device, mountPoint } of stabilizeFstab(text, guest).changed) {
    if (mode === "bypath-only" && BY_PATH.test(device)) continue;
    draft.leave(`${mountPoint}: ${device} stays, as --fstab-mode ${mode} asks for`, PATH);
    if (!REMOVABLE.test(device)) draft.warn(unstable(device, mountPoint));
  }
}

function unstable(device: string, mountPoint: string): Parameters<PlanDraft["warn"]>[0] {
  return {
    id: "fstab/unstable",
    severity: "warning",
    message: `${device} on ${mountPoint} may not exist on KVM, and --fstab-mode leaves it in ${PATH}.`,
    hint: "Leave --fstab-mode out: the line then gets the UUID of its filesystem.",
  };
}

/** Makes /etc/fstab independent of disk names. */
export const fstab: Fix = {
  id: ID,
  title: "Name filesystems in /etc/fstab by UUID",
  applies: (guest) => guest.osType === "linux",
  plan,
};
