/**
 * The filesystems and mounts of a running guest: what lsblk(8) and the kernel's mountinfo say (proc(5)).
 *
 * @module
 */
import { basename, join } from "@std/path";
import { subvolumeName } from "../guest/devices.ts";
import type { GuestFilesystem, GuestMount } from "../model/guest.ts";
import type { SurveyFacts } from "./survey.ts";

/** A line of lsblk. */
type Device = Readonly<Record<string, string>>;

/** A line of mountinfo. */
export interface Mount {
  /** Major and minor number of its device. */
  readonly device: string;
  /** The folder of the filesystem that is mounted: a subvolume of btrfs. */
  readonly root: string;
  /** Where. */
  readonly path: string;
  /** Type of the filesystem. */
  readonly type: string;
  /** The device as it was named when it was mounted. */
  readonly source: string;
  /** Whether it, or the filesystem behind it, is read-only. */
  readonly isReadOnly: boolean;
}

/** What a running guest says of its disks. */
export interface RunningStorage {
  /** Filesystems with every name that the guest has for their devices. */
  readonly filesystems: readonly GuestFilesystem[];
  /** What is mounted from them. */
  readonly mounts: readonly GuestMount[];
  /** The device of `/`, as {@linkcode Guest.root} names it; empty when it is on no block device. */
  readonly root: string;
}

/** Reads filesystems, mounts and the root. */
export function readStorage(facts: SurveyFacts): RunningStorage {
  const devices = parseLsblk(facts.get("lsblk"));
  const links = parseLinks(facts.get("links"));
  const filesystems = unique(devices).map((device) => filesystemOf(device, devices, links))
    .filter((one) => one !== null);
  const known = new Set(filesystems.map(({ device }) => device));
  const mounts = parseMountinfo(facts.get("mountinfo"));
  const deviceOf = (mount: Mount): string | undefined =>
    devices.find((one) => one["MAJ:MIN"]?.trim() === mount.device)?.NAME ??
      [mount.source, ...links.filter(([link]) => link === mount.source).map(([, target]) => target)]
        .find((name) => known.has(name));
  const placed = mounts.flatMap((mount) => {
    const device = deviceOf(mount);
    return device === undefined || !known.has(device) ? [] : [{ device, path: mount.path, mount }];
  });
  const root = placed.findLast(({ path }) => path === "/");
  return {
    filesystems,
    mounts: placed.map(({ device, path }) => ({ device, path })),
    root: root === undefined ? "" : rootName(root.device, root.mount),
  };
}

function rootName(device: string, { type, root }: Mount): string {
  return type === "btrfs" && root !== "/" ? subvolumeName(device, root.slice(1)) : device;
}

/** A device comes once for each of its parents. */
function unique(devices: readonly Device[]): readonly Device[] {
  return devices.filter((one, index) => devices.findIndex(({ NAME }) => NAME === one.NAME) === index);
}

function filesystemOf(
  device: Device,
  devices: readonly Device[],
  links: readonly (readonly [string, string])[],
): GuestFilesystem | null {
  const { NAME = "", KNAME = "", FSTYPE = "", UUID = "", LABEL = "", PARTUUID = "" } = device;
  if (FSTYPE === "" || NAME === "") return null;
  const within = encryptedBelow(device, devices);
  const names = links.filter(([, target]) => target === KNAME || target === NAME).map(([link]) => link);
  return {
    device: NAME,
    type: FSTYPE,
    links: [...new Set([KNAME, ...names])].filter((name) => name !== NAME && name !== ""),
    ...(UUID === "" ? {} : { uuid: UUID }),
    ...(LABEL === "" ? {} : { label: LABEL }),
    ...(PARTUUID === "" ? {} : { partUuid: PARTUUID }),
    ...(within === undefined ? {} : { within }),
  };
}

/** The encrypted device that a device comes from, however many layers are between. */
function encryptedBelow(device: Device, devices: readonly Device[]): string | undefined {
  const seen = new Set<string>();
  for (let names = [device.PKNAME ?? ""]; names.length > 0;) {
    const parents = devices.filter((one) => names.includes(one.KNAME ?? "") && !seen.has(one.NAME ?? ""));
    const encrypted = parents.find((one) => one.FSTYPE === "crypto_LUKS");
    if (encrypted !== undefined) return encrypted.NAME;
    for (const one of parents) seen.add(one.NAME ?? "");
    names = parents.map((one) => one.PKNAME ?? "").filter((name) => name !== "");
  }
  return undefined;
}

/** Lines of `lsblk -P`: `NAME="/dev/sda1" KNAME=…`; what it escapes as `\x20` is turned back. */
export function parseLsblk(text: string): readonly Device[] {
  return text.split("\n").filter((line) => line !== "").map((line) =>
    Object.fromEntries(
      // New versions write MAJ_MIN in this format.
      [...line.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [
        key === "MAJ_MIN" ? "MAJ:MIN" : key,
        value.replaceAll(/\\x([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
      ]),
    )
  );
}

/** Links below /dev and the devices that they lead to, by way of other links if need be. */
export function parseLinks(text: string): readonly (readonly [link: string, target: string])[] {
  const direct = new Map(
    text.split("\n").filter((line) => line.includes("\t")).map((line) => {
      const [link = "", target = ""] = line.split("\t");
      return [link, target.startsWith("/") ? target : join(link, "..", target)] as const;
    }),
  );
  return [...direct.keys()].map((link) => {
    let target = link;
    for (let hops = 0; hops < 8 && direct.has(target); hops++) target = direct.get(target)!;
    return [link, target] as const;
  }).filter(([link]) => basename(link) !== "");
}

/** proc_pid_mountinfo(5). */
export function parseMountinfo(text: string): readonly Mount[] {
  return text.split("\n").flatMap((line) => {
    const [before = "", after] = line.split(" - ");
    const [, , device = "", root = "", path = "", options = ""] = before.split(" ");
    const [type = "", source = "", superOptions = ""] = (after ?? "").split(" ");
    if (after === undefined) return [];
    const isReadOnly = [options, superOptions].some((list) => list.split(",").includes("ro"));
    return [{
      device,
      root: unescape(root),
      path: unescape(path),
      type,
      source: unescape(source),
      isReadOnly,
    }];
  });
}

function unescape(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}
