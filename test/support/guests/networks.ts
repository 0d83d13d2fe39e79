/**
 * Static addresses in the three ways in which Debian configures them.
 *
 * @module
 */
import type { Tree } from "./disk.ts";
import { GUEST_INTERFACE, GUEST_MAC } from "./rootfs.ts";

/** The address of each guest that has a static one (RFC 5737, TEST-NET-1). */
export const STATIC_ADDRESS = {
  uefi: "192.0.2.10/24",
  lvm2: "192.0.2.20/24",
  btrfs: "192.0.2.30/24",
} as const;

const GATEWAY = "192.0.2.1";
const DHCP = new RegExp(`^allow-hotplug ${GUEST_INTERFACE}\\niface ${GUEST_INTERFACE} inet dhcp\\n`, "gm");

/** /etc/network/interfaces. */
export async function useIfupdown(tree: Tree, address: string): Promise<void> {
  const stanza = `auto ${GUEST_INTERFACE}\niface ${GUEST_INTERFACE} inet static\n` +
    `    address ${address}\n    gateway ${GATEWAY}\n    dns-nameservers ${GATEWAY}\n`;
  await tree.edit("etc/network/interfaces", [[DHCP, stanza]]);
}

/** systemd-networkd; the udev rule goes on naming the card. */
export async function useNetworkd(tree: Tree, address: string): Promise<void> {
  await tree.edit("etc/network/interfaces", [[DHCP, ""]]);
  await tree.write(
    "etc/systemd/network/10-lan.network",
    `[Match]\nName=${GUEST_INTERFACE}\n\n[Network]\nAddress=${address}\nGateway=${GATEWAY}\nDNS=${GATEWAY}\n`,
  );
  const wants = `${tree.path}/etc/systemd/system/multi-user.target.wants`;
  await Deno.mkdir(wants, { recursive: true });
  await Deno.symlink("/lib/systemd/system/systemd-networkd.service", `${wants}/systemd-networkd.service`);
}

/** netplan, which names the card by its MAC address; no udev rule. */
export async function useNetplan(tree: Tree, address: string): Promise<void> {
  await tree.edit("etc/network/interfaces", [[DHCP, ""]]);
  await Deno.remove(`${tree.path}/etc/udev/rules.d/70-persistent-net.rules`);
  await tree.write(
    "etc/netplan/01-netcfg.yaml",
    `network:
  version: 2
  renderer: networkd
  ethernets:
    ${GUEST_INTERFACE}:
      match:
        macaddress: "${GUEST_MAC}"
      set-name: ${GUEST_INTERFACE}
      addresses: [${address}]
      routes:
        - to: default
          via: ${GATEWAY}
`,
  );
}
