/**
 * Debian's `/etc/network/interfaces` (interfaces(5)).
 *
 * @module
 */
import type { GuestInterface } from "../../model/guest.ts";
import { cidr, isCardName } from "./names.ts";

/** What one file says. */
export interface IfupdownFile {
  /** Interfaces in order; several stanzas of one name are several elements. */
  readonly interfaces: readonly GuestInterface[];
  /** Absolute paths or patterns of `source` lines. */
  readonly sources: readonly string[];
  /** Absolute folders of `source-directory` lines. */
  readonly sourceFolders: readonly string[];
}

interface Stanza {
  readonly name: string;
  readonly method: string;
  readonly options: Map<string, string>;
}

/** Keys whose value names the cards of a bridge or a bond. */
const MEMBER_KEYS = ["bridge_ports", "bridge-ports", "bond-slaves", "slaves"] as const;
/** Keys that make an interface one without hardware of its own. */
const VIRTUAL_KEYS = [...MEMBER_KEYS, "bond-mode", "vlan-raw-device", "vlan_raw_device"] as const;

/** Reads one file. */
export function parseIfupdown(text: string, file: string): IfupdownFile {
  const stanzas: Stanza[] = [];
  const sources: string[] = [];
  const sourceFolders: string[] = [];
  let current: Stanza | undefined;
  for (const line of text.replaceAll("\\\n", " ").split("\n")) {
    const [key = "", ...words] = line.trim().split(/\s+/);
    if (key === "" || key.startsWith("#")) continue;
    if (key === "iface") {
      current = { name: words[0] ?? "", method: words[2] ?? "", options: new Map() };
      stanzas.push(current);
    } else if (key === "source" || key === "source-directory") {
      const target = words[0] ?? "";
      const path = target.startsWith("/") ? target : `/etc/network/${target}`;
      (key === "source" ? sources : sourceFolders).push(path);
      current = undefined;
    } else if (/^(auto|mapping|rename|template|no-auto-down|no-scripts|allow-\S+)$/.test(key)) {
      current = undefined;
    } else current?.options.set(key, words.join(" "));
  }
  return { interfaces: stanzas.flatMap((stanza) => interfacesOf(stanza, file)), sources, sourceFolders };
}

function interfacesOf({ name, method, options }: Stanza, file: string): readonly GuestInterface[] {
  if (VIRTUAL_KEYS.some((key) => options.has(key))) {
    const members = MEMBER_KEYS.flatMap((key) => options.get(key)?.split(/\s+/) ?? []);
    return members.filter((member) => member !== "none" && isCardName(member))
      .map((member) => ({ name: member, addresses: [], dhcp: false, file }));
  }
  const card = name.replace(/:.*$/, ""); // eth0:1 is a second address of eth0
  if (!isCardName(card)) return [];
  const address = options.get("address");
  const addresses = address === undefined ? [] : [cidr(address, options.get("netmask"))];
  return [{ name: card, addresses, dhcp: method === "dhcp", file }];
}
