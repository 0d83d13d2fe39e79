/**
 * `ifcfg-NAME` files of Red Hat (`sysconfig/network-scripts`) and SUSE (`sysconfig/network`).
 *
 * @module
 */
import type { GuestInterface } from "../../model/guest.ts";
import { cidr, isCardName, macAddress } from "./names.ts";

/** Values of `TYPE` that mean a network card; a file without `TYPE` is taken for one. */
const CARD_TYPES = /^(ethernet|)$/i;

/** Whether a file name is an interface's own, and no backup copy or alias. */
export function isIfcfgName(name: string): boolean {
  return /^ifcfg-[^:~]+$/.test(name) && !/\.(bak|old|orig|rpm\w+|hyper2kvm-orig)$/.test(name);
}

/** Reads the file of one interface; null when it configures no network card. */
export function parseIfcfg(text: string, file: string): GuestInterface | null {
  const values = shellValues(text);
  const get = (key: string): string => values.get(key) ?? "";
  const mac = macAddress(get("HWADDR"));
  const suffix = file.slice(file.lastIndexOf("/ifcfg-") + "/ifcfg-".length);
  const name = get("DEVICE") || (mac === undefined ? suffix : suffix.replaceAll(/\s/g, "_"));
  const isVirtual = !CARD_TYPES.test(get("TYPE")) || /^yes$/i.test(get("VLAN")) ||
    values.has("ETHERDEVICE") ||
    /^yes$/i.test(get("BRIDGE")) || /^yes$/i.test(get("BONDING_MASTER")) || values.has("BONDING_MODULE_OPTS");
  const followsMac = get("DEVICE") === "" && mac !== undefined;
  if (isVirtual || (!followsMac && !isCardName(name))) return null;
  return {
    name,
    ...(mac === undefined ? {} : { mac, macFile: file }),
    ...(followsMac ? { followsMac } : {}),
    addresses: addressesOf(values),
    dhcp: /^(dhcp|bootp)/i.test(get("BOOTPROTO")),
    file,
  };
}

/** Joins `IPADDR`, `IPADDR0`, `IPADDR_1` with their `PREFIX…` or `NETMASK…`. */
function addressesOf(values: ReadonlyMap<string, string>): readonly string[] {
  const addresses: string[] = [];
  for (const [key, value] of values) {
    const suffix = /^IPADDR(_?\w*)$/.exec(key)?.[1];
    if (suffix === undefined || value === "") continue;
    const mask = values.get(`PREFIX${suffix}`) ?? values.get(`PREFIXLEN${suffix}`) ??
      values.get(`NETMASK${suffix}`);
    addresses.push(cidr(value, mask));
  }
  const six = values.get("IPV6ADDR") ?? "";
  return six === "" ? addresses : [...addresses, six];
}

function shellValues(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^\s*(?:export\s+)?(\w+)=(?:"([^"]*)"|'([^']*)'|([^\s#]*))/.exec(line);
    if (match !== null) values.set(match[1]!, match[2] ?? match[3] ?? match[4] ?? "");
  }
  return values;
}
