import { assertEquals } from "@std/assert";
import { parse } from "@std/yaml";
import {
  dhcpRewriter,
  ifcfgToDhcp,
  ifupdownToDhcp,
  keyfileToDhcp,
  netplanToDhcp,
  networkdToDhcp,
} from "../../../src/fix/linux/dhcp_settings.ts";

const ENS = new Set(["ens192"]);

Deno.test("ifupdownToDhcp() changes the stanzas of the named cards alone", () => {
  const before = `auto ens192 br0
iface ens192 inet static
    # the office network
    address 10.0.0.5/24
    gateway 10.0.0.1
    dns-nameservers 10.0.0.2
    mtu 9000
    up ip route add 10.9.0.0/16 via 10.0.0.9
iface ens192 inet6 static
    address 2001:db8::5/64
iface br0 inet static
    address 10.1.0.5/24
`;
  assertEquals(
    ifupdownToDhcp(before, ENS),
    `auto ens192 br0
iface ens192 inet dhcp
    # the office network
    mtu 9000
    up ip route add 10.9.0.0/16 via 10.0.0.9
iface ens192 inet6 auto
iface br0 inet static
    address 10.1.0.5/24
`,
  );
});

Deno.test("networkdToDhcp() drops addresses and gateways and keeps the rest", () => {
  const before =
    "# mine\n[Match]\nName=ens192\n\n[Network]\nAddress=10.0.0.5/24\nGateway=10.0.0.1\nDNS=10.0.0.2\nLLDP=yes\n\n" +
    "[Address]\nAddress=10.0.0.6/24\n\n[Route]\nDestination=10.9.0.0/16\nGateway=10.0.0.9\n\n[Link]\nMTUBytes=9000\n";
  assertEquals(
    networkdToDhcp(before, ENS),
    "# mine\n[Match]\nName=ens192\n\n[Network]\nDHCP=yes\nLLDP=yes\n\n[Link]\nMTUBytes=9000\n",
  );
});

Deno.test("keyfileToDhcp() turns manual into auto in both families", () => {
  const before =
    "[connection]\nid=ens192\n\n[ipv4]\naddress1=10.0.0.5/24,10.0.0.1\ndns=10.0.0.2;\nmethod=manual\n\n" +
    "[ipv6]\nmethod=disabled\n";
  assertEquals(
    keyfileToDhcp(before, ENS),
    "[connection]\nid=ens192\n\n[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=disabled\n",
  );
});

Deno.test("ifcfgToDhcp() takes addresses out and sets BOOTPROTO", () => {
  const before =
    'TYPE="Ethernet"\nBOOTPROTO="none"\nDEVICE="ens192"\nIPADDR="10.1.2.3"\nPREFIX="24"\nDNS1=10.1.2.1\nONBOOT="yes"\n';
  assertEquals(ifcfgToDhcp(before, ENS), 'TYPE="Ethernet"\nBOOTPROTO=dhcp\nDEVICE="ens192"\nONBOOT="yes"\n');
});

Deno.test("ifcfgToDhcp() adds BOOTPROTO where the file has none", () => {
  assertEquals(ifcfgToDhcp("DEVICE=eth0\nIPADDR=10.1.2.3\n", ENS), "BOOTPROTO=dhcp\nDEVICE=eth0\n");
});

Deno.test("netplanToDhcp() changes the named card and keeps routes that are no default", () => {
  const before = `network:
  version: 2
  ethernets:
    lan:
      match: {macaddress: "00:50:56:aa:bb:cc"}
      set-name: ens192
      addresses: [10.0.0.5/24]
      routes: [{to: default, via: 10.0.0.1}, {to: 10.9.0.0/16, via: 10.0.0.9}]
    ens224: {addresses: [10.1.0.5/24]}
`;
  assertEquals(parse(netplanToDhcp(before, ENS)), {
    network: {
      version: 2,
      ethernets: {
        lan: {
          match: { macaddress: "00:50:56:aa:bb:cc" },
          "set-name": "ens192",
          routes: [{ to: "10.9.0.0/16", via: "10.0.0.9" }],
          dhcp4: true,
        },
        ens224: { addresses: ["10.1.0.5/24"] },
      },
    },
  });
});

Deno.test("dhcpRewriter() chooses by the path", () => {
  assertEquals(
    [
      "/etc/network/interfaces.d/lan",
      "/etc/netplan/50.yaml",
      "/etc/systemd/network/10.network",
      "/etc/NetworkManager/system-connections/a.nmconnection",
      "/etc/sysconfig/network-scripts/ifcfg-eth0",
      "/etc/hosts",
    ].map(dhcpRewriter),
    [
      ifupdownToDhcp,
      netplanToDhcp,
      networkdToDhcp,
      keyfileToDhcp,
      ifcfgToDhcp,
      null,
    ],
  );
});
