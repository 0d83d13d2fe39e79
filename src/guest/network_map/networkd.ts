/**
 * Units of systemd-networkd and udev: `.network` (systemd.network(5)) and `.link` (systemd.link(5)).
 *
 * @module
 */
import type { GuestInterface } from "../../model/guest.ts";
import { iniValues, parseIni } from "./ini.ts";
import { isCardName, macAddress } from "./names.ts";
import type { NameTie } from "./name_ties.ts";

/** Keys of `[Match]` that hold for a card wherever it is plugged in. */
const MAC_KEYS = ["MACAddress", "PermanentMACAddress"] as const;

/** Reads a `.network` unit: a name per element; empty when it matches by pattern, type or driver. */
export function parseNetworkUnit(text: string, file: string): readonly GuestInterface[] {
  const sections = parseIni(text);
  const names = iniValues(sections, "Match", "Name").flatMap((value) => value.split(/\s+/)).filter(
    isCardName,
  );
  const mac = macAddress(MAC_KEYS.flatMap((key) => iniValues(sections, "Match", key))[0]?.split(/\s+/)[0]);
  const settings = {
    addresses: [
      ...iniValues(sections, "Network", "Address"),
      ...iniValues(sections, "Address", "Address"),
    ],
    dhcp: /^(yes|true|1|on|both|ipv4|v4)$/i.test(iniValues(sections, "Network", "DHCP").at(-1) ?? ""),
    file,
  };
  const tie = mac === undefined ? {} : { mac, macFile: file };
  if (names.length > 0) {
    return names.map((name) => ({ name, ...(names.length === 1 ? tie : {}), ...settings }));
  }
  if (mac === undefined || iniValues(sections, "Match", "Name").length > 0) return [];
  const name = file.slice(file.lastIndexOf("/") + 1).replace(/\.network$/, "");
  return [{ name, ...tie, followsMac: true, ...settings }];
}

/** Reads a `.link` unit that names a card by its MAC address; null for any other. */
export function parseLinkUnit(text: string, file: string): NameTie | null {
  const sections = parseIni(text);
  const name = iniValues(sections, "Link", "Name").at(-1);
  const mac = macAddress(MAC_KEYS.flatMap((key) => iniValues(sections, "Match", key))[0]?.split(/\s+/)[0]);
  if (name === undefined || mac === undefined) return null;
  const keys = sections.filter((section) => section.name === "Match").flatMap((
    { values },
  ) => [...values.keys()]);
  return {
    name,
    mac,
    file,
    otherMatches: keys.filter((key) => !(MAC_KEYS as readonly string[]).includes(key)),
  };
}
