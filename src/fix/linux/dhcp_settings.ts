/**
 * Static settings of network cards turned into DHCP, as pure functions: one a format. What belongs to the
 * old addresses goes (gateway, name servers of the stanza); all else stays.
 *
 * @module
 */
import { parse, stringify } from "@std/yaml";

/** Rewrites one file for the cards of these names. */
export type ToDhcp = (text: string, names: ReadonlySet<string>) => string;

const IFUPDOWN_STATIC =
  /^\s*(address|netmask|broadcast|network|gateway|pointopoint|scope|preferred-lifetime|dns-nameservers?|dns-search|dns-domain)\s/;
const IFUPDOWN_STANZA =
  /^\s*(iface|auto|allow-\S+|mapping|source\S*|rename|template|no-auto-down|no-scripts)\s/;

/** `/etc/network/interfaces` (interfaces(5)); static IPv6 becomes `auto`. */
export const ifupdownToDhcp: ToDhcp = (text, names) => {
  let inside = false;
  return text.split("\n").flatMap((line) => {
    if (IFUPDOWN_STANZA.test(line)) {
      const stanza = /^(\s*iface\s+(\S+)\s+(inet6?)\s+)static\b(.*)$/.exec(line);
      inside = stanza !== null && names.has(stanza[2]!);
      return inside ? [`${stanza![1]}${stanza![3] === "inet" ? "dhcp" : "auto"}${stanza![4]}`] : [line];
    }
    return inside && IFUPDOWN_STATIC.test(line) ? [] : [line];
  }).join("\n");
};

const NETWORK_STATIC = /^\s*(Address|Gateway|DNS|Domains|DHCP)\s*=/;

/** A `.network` unit (systemd.network(5)); sections of addresses, and of routes through a gateway, go. */
export const networkdToDhcp: ToDhcp = (text) => {
  if (!/^\s*(Address|Gateway)\s*=/m.test(text)) return text;
  const sections = text.split(/^(?=[ \t]*\[)/m).filter((section) =>
    !/^\s*\[Address\]/.test(section) && !(/^\s*\[Route\]/.test(section) && /^\s*Gateway\s*=/m.test(section))
  );
  return sections.map((section) => {
    if (!/^\s*\[Network\]/.test(section)) return section;
    const [head = "", ...lines] = section.split("\n");
    return [head, "DHCP=yes", ...lines.filter((line) => !NETWORK_STATIC.test(line))].join("\n");
  }).join("");
};

const KEYFILE_STATIC = /^\s*(address(es)?\d*|gateway|dns)\s*=/;

/** A connection profile of NetworkManager (nm-settings-keyfile(5)). */
export const keyfileToDhcp: ToDhcp = (text) =>
  text.split(/^(?=[ \t]*\[)/m).map((section) => {
    if (!/^\s*\[ipv[46]\]/.test(section) || !/^\s*method\s*=\s*manual\s*$/m.test(section)) return section;
    return section.split("\n").filter((line) => !KEYFILE_STATIC.test(line)).join("\n")
      .replace(/^(\s*method\s*=\s*)manual[ \t]*$/m, "$1auto");
  }).join("");

const IFCFG_STATIC =
  /^\s*(IPADDR|NETMASK|PREFIX|PREFIXLEN|GATEWAY|NETWORK|BROADCAST|DNS|REMOTE_IPADDR)(_?\w*)=|^\s*IPV6(ADDR\w*|_DEFAULTGW)=/;

/** An `ifcfg` file of Red Hat or SUSE. */
export const ifcfgToDhcp: ToDhcp = (text) => {
  if (!/^\s*IP(V6)?ADDR/m.test(text)) return text;
  const lines = text.split("\n").filter((line) => !IFCFG_STATIC.test(line));
  const at = lines.findIndex((line) => /^\s*BOOTPROTO=/.test(line));
  if (at === -1) return ["BOOTPROTO=dhcp", ...lines].join("\n");
  return lines.with(at, lines[at]!.replace(/=.*/, "=dhcp")).join("\n");
};

type Mapping = Record<string, unknown>;

/** Netplan's YAML; the file is written anew, without its comments. */
export const netplanToDhcp: ToDhcp = (text, names) => {
  const document = parse(text) as { network?: { ethernets?: Record<string, Mapping> } } | null;
  let changed = false;
  for (const [id, card] of Object.entries(document?.network?.ethernets ?? {})) {
    const match = (card?.match ?? {}) as Mapping;
    const name = String(card?.["set-name"] ?? match.name ?? id);
    if (card?.addresses === undefined || !(names.has(name) || names.has(id))) continue;
    for (const key of ["addresses", "gateway4", "gateway6", "nameservers"]) delete card[key];
    if (Array.isArray(card.routes)) {
      card.routes = card.routes.filter((route: Mapping) =>
        !/^(default|0\.0\.0\.0\/0|::\/0)$/.test(`${route.to}`)
      );
      if ((card.routes as unknown[]).length === 0) delete card.routes;
    }
    card.dhcp4 = true;
    changed = true;
  }
  return changed ? stringify(document) : text;
};

/** Which function rewrites which file. */
const FORMATS: readonly (readonly [path: RegExp, rewrite: ToDhcp])[] = [
  [/^\/etc\/network\//, ifupdownToDhcp],
  [/^\/etc\/netplan\//, netplanToDhcp],
  [/^\/etc\/systemd\/network\//, networkdToDhcp],
  [/^\/etc\/NetworkManager\//, keyfileToDhcp],
  [/\/ifcfg-[^/]+$/, ifcfgToDhcp],
];

/** The function for a configuration file; null for a format that is not known. */
export function dhcpRewriter(path: string): ToDhcp | null {
  return FORMATS.find(([pattern]) => pattern.test(path))?.[1] ?? null;
}
