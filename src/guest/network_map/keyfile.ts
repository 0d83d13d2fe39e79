/**
 * Connection profiles of NetworkManager (nm-settings-keyfile(5)).
 *
 * @module
 */
import type { GuestInterface } from "../../model/guest.ts";
import { iniValues, parseIni } from "./ini.ts";
import { isCardName, macAddress } from "./names.ts";

/** Reads a profile; null when it is for no card in particular, or for no network card. */
export function parseKeyfile(text: string, file: string): GuestInterface | null {
  const sections = parseIni(text);
  const value = (section: string, key: string): string => iniValues(sections, section, key)[0] ?? "";
  if (!/^(ethernet|802-3-ethernet)$/.test(value("connection", "type"))) return null;
  const interfaceName = value("connection", "interface-name");
  const mac = macAddress(value("ethernet", "mac-address") || value("802-3-ethernet", "mac-address"));
  if (interfaceName !== "" && !isCardName(interfaceName)) return null;
  if (interfaceName === "" && mac === undefined) return null;
  return {
    name: interfaceName || value("connection", "id") || "ethernet",
    ...(mac === undefined ? {} : { mac, macFile: file }),
    ...(interfaceName === "" ? { followsMac: true } : {}),
    addresses: sections.filter(({ name }) => name === "ipv4" || name === "ipv6").flatMap(({ values }) =>
      [...values].filter(([key]) => /^address(es)?\d*$/.test(key)).flatMap(([, texts]) =>
        texts.flatMap(addressesIn)
      )
    ),
    dhcp: value("ipv4", "method") === "auto",
    file,
  };
}

/** `address1=10.0.0.5/24,10.0.0.1` has a gateway after the comma; `addresses=` is a list. */
function addressesIn(text: string): readonly string[] {
  return text.split(/[;,\s]+/).filter((part) => part.includes("/"));
}
