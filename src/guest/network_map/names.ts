/**
 * Names, addresses and masks as network configuration files write them.
 *
 * @module
 */

/** Names that kernels and tools give to interfaces without hardware of their own. */
const VIRTUAL =
  /^(lo$|(bond|br|docker|dummy|gre|ip6tnl|nlmon|ppp|sit|tap|team|tun|veth|virbr|vlan|vmnet|vxlan|wg)[-\d])/;

/** Whether a name can belong to a network card: no loopback, bridge, bond, tunnel, VLAN, alias or pattern. */
export function isCardName(name: string): boolean {
  return /^[^\s:./*?=[\]!]{1,15}$/.test(name) && !VIRTUAL.test(name);
}

/** A MAC address in lower case with colons; undefined when the text is none. */
export function macAddress(text: string | undefined): string | undefined {
  const mac = text?.trim().toLowerCase().replaceAll("-", ":");
  return mac !== undefined && /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) ? mac : undefined;
}

/** An address in CIDR form; `mask` is a prefix length or a dotted netmask, used when the address has none. */
export function cidr(address: string, mask?: string): string {
  if (address.includes("/") || mask === undefined || mask === "") return address;
  return `${address}/${mask.includes(".") ? prefixLength(mask) : mask}`;
}

function prefixLength(netmask: string): number {
  const bits = netmask.split(".").map((part) => Number(part).toString(2)).join("");
  return bits.replaceAll("0", "").length;
}
