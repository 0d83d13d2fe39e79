/**
 * Configurations that find their card by the MAC address instead of its name, as pure functions: one a format.
 *
 * @module
 */
import { parse, stringify } from "@std/yaml";

/** Rewrites the settings of one card; null where this format or file cannot do without the name. */
export type FollowMac = (text: string, name: string, mac: string) => string | null;

/** Sets a key in an ini section, in place or as the section's first line; the section is added at the end. */
function setInSection(text: string, section: string, key: string, value: string): string {
  const parts = text.split(/^(?=[ \t]*\[)/m);
  const at = parts.findIndex((part) => part.trimStart().startsWith(`[${section}]`));
  if (at === -1) return `${text.replace(/\n*$/, "\n")}\n[${section}]\n${key}=${value}\n`;
  const [head = "", ...lines] = parts[at]!.split("\n");
  const kept = lines.filter((line) => !new RegExp(`^\\s*${key}\\s*=`).test(line));
  return parts.with(at, [head, `${key}=${value}`, ...kept].join("\n")).join("");
}

/** A connection profile of NetworkManager (nm-settings-keyfile(5)). */
export const keyfileByMac: FollowMac = (text, name, mac) => {
  const line = new RegExp(`^[ \\t]*interface-name[ \\t]*=[ \\t]*${escaped(name)}[ \\t]*\\n`, "m");
  if (!line.test(text)) return null;
  const section = /^\s*\[802-3-ethernet\]/m.test(text) ? "802-3-ethernet" : "ethernet";
  return setInSection(text.replace(line, ""), section, "mac-address", mac);
};

/** A `.network` unit (systemd.network(5)); one that matches several names stays. */
export const networkdByMac: FollowMac = (text, name, mac) => {
  const line = new RegExp(`^[ \\t]*Name[ \\t]*=[ \\t]*${escaped(name)}[ \\t]*\\n`, "m");
  if (!line.test(text)) return null;
  return setInSection(text.replace(line, ""), "Match", "MACAddress", mac);
};

/** An `ifcfg` file of Red Hat, which finds its card by HWADDR. */
export const ifcfgByMac: FollowMac = (text, name, mac) => {
  const line = new RegExp(`^[ \\t]*DEVICE=["']?${escaped(name)}["']?[ \\t]*\\n`, "m");
  if (!line.test(text)) return null;
  const rest = text.replace(line, "").split("\n").filter((one) => !/^\s*HWADDR=/.test(one));
  return [`HWADDR=${mac}`, ...rest].join("\n");
};

/** Netplan's YAML; the file is written anew, without its comments. */
export const netplanByMac: FollowMac = (text, name, mac) => {
  type Card = Record<string, unknown> | null;
  const document = parse(text) as { network?: { ethernets?: Record<string, Card> } } | null;
  const cards = document?.network?.ethernets ?? {};
  const nameOf = (id: string, card: Card): unknown =>
    card?.["set-name"] ?? (card?.match as Record<string, unknown> | undefined)?.name ?? id;
  const found = Object.entries(cards).find(([id, card]) => nameOf(id, card) === name);
  if (found === undefined) return null;
  const { "set-name": _name, match: _match, ...settings } = found[1] ?? {};
  cards[found[0]] = { match: { macaddress: mac }, ...settings };
  return stringify(document);
};

function escaped(name: string): string {
  return name.replaceAll(/[.+^${}()|[\]\\*?]/g, "\\$&");
}

const FORMATS: readonly (readonly [path: RegExp, rewrite: FollowMac])[] = [
  [/^\/etc\/netplan\//, netplanByMac],
  [/^\/etc\/systemd\/network\//, networkdByMac],
  [/^\/etc\/NetworkManager\//, keyfileByMac],
  [/^\/etc\/sysconfig\/network-scripts\/ifcfg-/, ifcfgByMac],
];

/** The function for a configuration file; null for ifupdown, SUSE's ifcfg files and what is not known. */
export function macRewriter(path: string): FollowMac | null {
  return FORMATS.find(([pattern]) => pattern.test(path))?.[1] ?? null;
}
