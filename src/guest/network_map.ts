/**
 * The network interfaces that a Linux guest's configuration names, and the MAC addresses that its files tie
 * to those names.
 *
 * @module
 */
import type { GuestInterface } from "../model/guest.ts";
import { CachedFiles } from "./cached_files.ts";
import type { GuestFiles } from "./files.ts";
import { isIfcfgName, parseIfcfg } from "./network_map/ifcfg.ts";
import { parseIfupdown } from "./network_map/ifupdown.ts";
import { parseKeyfile } from "./network_map/keyfile.ts";
import { NETWORKD_FOLDER, readNameTies } from "./network_map/name_ties.ts";
import { parseNetplan } from "./network_map/netplan.ts";
import { parseNetworkUnit } from "./network_map/networkd.ts";

/** A folder of configuration files, which of them count, and how one is read. */
interface Layout {
  readonly folder: string;
  readonly takes: (name: string) => boolean;
  readonly parse: (text: string, file: string) => readonly GuestInterface[];
}

const LAYOUTS: readonly Layout[] = [
  { folder: "/etc/netplan", takes: (name) => /\.ya?ml$/.test(name), parse: parseNetplan },
  {
    folder: "/etc/NetworkManager/system-connections",
    takes: (name) => !/(~|\.bak|\.orig|^\..*)$/.test(name),
    parse: (text, file) => orNone(parseKeyfile(text, file)),
  },
  ...["/etc/sysconfig/network-scripts", "/etc/sysconfig/network"].map((folder) => ({
    folder,
    takes: isIfcfgName,
    parse: (text: string, file: string) => orNone(parseIfcfg(text, file)),
  })),
  { folder: NETWORKD_FOLDER, takes: (name) => name.endsWith(".network"), parse: parseNetworkUnit },
];

/** How deep `source` lines are followed. */
const MAX_SOURCE_DEPTH = 8;

/**
 * Reads the interfaces of ifupdown, netplan, NetworkManager, `ifcfg` files and systemd-networkd, one element
 * per name, in the order of the files. Bridges, bonds, VLANs and the loopback are left out; a configuration
 * that names no card in particular (a pattern such as `en*`) is, too.
 *
 * @throws {MigrateError} `guest/unsupported` when a file is no text, or no YAML
 */
export async function readInterfaces(guestFiles: GuestFiles): Promise<GuestInterface[]> {
  const files = CachedFiles.over(guestFiles);
  await files.list("/etc");
  const found = await readIfupdown(files, "/etc/network/interfaces", 0);
  for (const { folder, takes, parse } of LAYOUTS) {
    for (const name of (await files.list(folder)).filter(takes)) {
      const text = await files.readText(`${folder}/${name}`);
      if (text !== null) found.push(...parse(text, `${folder}/${name}`));
    }
  }
  const ties = new Map((await readNameTies(files)).map((tie) => [tie.name, tie]));
  return mergeByName(found).map((one) => {
    const tie = one.followsMac === true ? undefined : ties.get(one.name);
    return tie === undefined ? one : { ...one, mac: tie.mac, macFile: tie.file };
  });
}

async function readIfupdown(files: GuestFiles, file: string, depth: number): Promise<GuestInterface[]> {
  const text = depth > MAX_SOURCE_DEPTH ? null : await files.readText(file);
  if (text === null) return [];
  const { interfaces, sources, sourceFolders } = parseIfupdown(text, file);
  const found = [...interfaces];
  for (const pattern of sources) {
    for (const path of await expand(files, pattern)) {
      found.push(...await readIfupdown(files, path, depth + 1));
    }
  }
  for (const folder of sourceFolders) {
    const names = (await files.list(folder)).filter((name) => /^[\w-]+$/.test(name));
    for (const name of names) found.push(...await readIfupdown(files, `${folder}/${name}`, depth + 1));
  }
  return found;
}

/** The files that a path with `*` in its last part means. */
async function expand(files: GuestFiles, pattern: string): Promise<readonly string[]> {
  if (!/[*?]/.test(pattern)) return [pattern];
  const folder = pattern.slice(0, pattern.lastIndexOf("/"));
  const source = pattern.slice(folder.length + 1).replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*").replaceAll("?", ".");
  const names = await files.list(folder);
  return names.filter((name) => !name.startsWith(".") && new RegExp(`^${source}$`).test(name))
    .map((name) => `${folder}/${name}`);
}

/** Joins what several stanzas or files say of one name. */
function mergeByName(interfaces: readonly GuestInterface[]): readonly GuestInterface[] {
  const merged = new Map<string, GuestInterface>();
  for (const one of interfaces) {
    const before = merged.get(one.name);
    merged.set(
      one.name,
      before === undefined ? one : {
        ...one,
        ...before,
        addresses: [...new Set([...before.addresses, ...one.addresses])],
        dhcp: before.dhcp || one.dhcp,
      },
    );
  }
  return [...merged.values()];
}

function orNone(one: GuestInterface | null): readonly GuestInterface[] {
  return one === null ? [] : [one];
}
