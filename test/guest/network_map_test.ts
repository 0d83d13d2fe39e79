import { assertEquals, assertRejects } from "@std/assert";
import { readInterfaces } from "../../src/guest/network_map.ts";
import { MigrateError } from "../../src/model/error.ts";
import { MemoryFiles } from "../support/memory_files.ts";
import { DEBIAN, openSample, RHEL8, SUSE, UBUNTU } from "../support/sample_guests.ts";

Deno.test("readInterfaces() joins Debian's interfaces with the MAC address of its udev rule", async () => {
  const { guest } = await openSample(DEBIAN);
  assertEquals(guest.interfaces, [{
    name: "ens192",
    addresses: [],
    dhcp: true,
    file: "/etc/network/interfaces",
    mac: "00:50:56:8a:12:34",
    macFile: "/etc/udev/rules.d/70-persistent-net.rules",
  }]);
});

Deno.test("readInterfaces() reads ifcfg files of Red Hat", async () => {
  const { guest } = await openSample(RHEL8);
  assertEquals(guest.interfaces, [{
    name: "ens192",
    addresses: ["10.1.2.3/24"],
    dhcp: false,
    file: "/etc/sysconfig/network-scripts/ifcfg-ens192",
  }]);
});

Deno.test("readInterfaces() reads ifcfg files of SUSE", async () => {
  const { guest } = await openSample(SUSE);
  assertEquals(guest.interfaces.map(({ name, mac, addresses, dhcp }) => [name, mac, addresses, dhcp]), [
    ["eth0", "00:0c:29:11:22:33", ["192.168.7.9/24"], false],
    ["eth1", undefined, [], true],
  ]);
});

Deno.test("readInterfaces() reads netplan", async () => {
  const { guest } = await openSample(UBUNTU);
  assertEquals(guest.interfaces.map(({ name, mac, addresses, dhcp }) => [name, mac, addresses, dhcp]), [
    ["ens160", undefined, [], true],
    ["ens192", "00:50:56:aa:bb:cc", ["10.0.0.7/24"], false],
  ]);
});

Deno.test("readInterfaces() follows source and source-directory lines", async () => {
  const interfaces = await readInterfaces(
    new MemoryFiles({
      "/etc/network/interfaces": "source interfaces.d/*.cfg\nsource-directory /etc/network/more\n",
      "/etc/network/interfaces.d/a.cfg":
        "iface ens33 inet static\n address 10.0.0.5\n netmask 255.255.255.128\n",
      "/etc/network/interfaces.d/b.off": "iface ens34 inet dhcp\n",
      "/etc/network/more/c": "iface ens33 inet6 static\n address fd00::5/64\niface ens35 inet dhcp\n",
    }),
  );
  assertEquals(interfaces.map(({ name, addresses }) => [name, addresses]), [
    ["ens33", ["10.0.0.5/25", "fd00::5/64"]],
    ["ens35", []],
  ]);
});

Deno.test("readInterfaces() ends at a file that sources itself", async () => {
  const files = new MemoryFiles({
    "/etc/network/interfaces": "source /etc/network/interfaces\niface ens33 inet dhcp\n",
  });
  assertEquals((await readInterfaces(files)).map(({ name }) => name), ["ens33"]);
});

Deno.test("readInterfaces() names the cards below a bridge, not the bridge", async () => {
  const files = new MemoryFiles({
    "/etc/network/interfaces":
      "iface br0 inet dhcp\n  bridge_ports ens192\niface ens192:1 inet static\n  address 10.0.0.9/8\niface ens192.7 inet dhcp\n",
  });
  assertEquals((await readInterfaces(files)).map(({ name, addresses }) => [name, addresses]), [["ens192", [
    "10.0.0.9/8",
  ]]]);
});

Deno.test("readInterfaces() reads a NetworkManager profile by name", async () => {
  const files = new MemoryFiles({
    "/etc/NetworkManager/system-connections/ens160.nmconnection":
      "[connection]\nid=ens160\ntype=ethernet\ninterface-name=ens160\n\n[ipv4]\naddress1=10.9.8.7/16,10.9.0.1\nmethod=manual\n",
    "/etc/NetworkManager/system-connections/wifi.nmconnection": "[connection]\nid=wifi\ntype=wifi\n",
    "/etc/NetworkManager/system-connections/any.nmconnection": "[connection]\nid=any\ntype=ethernet\n",
  });
  assertEquals(await readInterfaces(files), [{
    name: "ens160",
    addresses: ["10.9.8.7/16"],
    dhcp: false,
    file: "/etc/NetworkManager/system-connections/ens160.nmconnection",
  }]);
});

Deno.test("readInterfaces() marks a profile that goes by the MAC address alone", async () => {
  const file = "/etc/NetworkManager/system-connections/Wired.nmconnection";
  const files = new MemoryFiles({
    [file]:
      "[connection]\nid=Wired\ntype=ethernet\n[ethernet]\nmac-address=00:50:56:AB:CD:EF\n[ipv4]\nmethod=auto\n",
  });
  assertEquals(await readInterfaces(files), [{
    name: "Wired",
    mac: "00:50:56:ab:cd:ef",
    macFile: file,
    followsMac: true,
    addresses: [],
    dhcp: true,
    file,
  }]);
});

Deno.test("readInterfaces() takes HWADDR and leaves copies, bonds and VLANs out", async () => {
  const folder = "/etc/sysconfig/network-scripts";
  const files = new MemoryFiles({
    [`${folder}/ifcfg-eth0`]: "DEVICE=eth0\nHWADDR=00:0C:29:01:02:03\nMASTER=bond0\nSLAVE=yes\n",
    [`${folder}/ifcfg-eth0.bak`]: "DEVICE=eth9\n",
    [`${folder}/ifcfg-eth0:1`]: "DEVICE=eth0:1\nIPADDR=10.0.0.9\n",
    [`${folder}/ifcfg-bond0`]: "DEVICE=bond0\nTYPE=Bond\nBONDING_MASTER=yes\n",
    [`${folder}/ifcfg-eth0.10`]: "DEVICE=eth0.10\nVLAN=yes\n",
    [`${folder}/route-eth0`]: "",
  });
  const interfaces = await readInterfaces(files);
  assertEquals(interfaces.map(({ name, mac }) => [name, mac]), [["eth0", "00:0c:29:01:02:03"]]);
});

Deno.test("readInterfaces() reads systemd-networkd and .link units", async () => {
  const files = new MemoryFiles({
    "/etc/systemd/network/10-lan0.link": "[Match]\nMACAddress=00:50:56:00:00:01\n[Link]\nName=lan0\n",
    "/etc/systemd/network/20-lan0.network": "[Match]\nName=lan0\n[Network]\nDHCP=ipv4\nAddress=10.0.0.2/8\n",
    "/etc/systemd/network/30-any.network": "[Match]\nName=en*\n[Network]\nDHCP=yes\n",
    "/etc/systemd/network/40-mac.network": "[Match]\nMACAddress=00:50:56:00:00:02\n[Network]\nDHCP=no\n",
  });
  assertEquals(
    (await readInterfaces(files)).map(({ name, mac, followsMac, dhcp }) => [name, mac, followsMac, dhcp]),
    [
      ["lan0", "00:50:56:00:00:01", undefined, true],
      ["40-mac", "00:50:56:00:00:02", true, false],
    ],
  );
});

Deno.test("readInterfaces() takes a netplan match by MAC without set-name as following the card", async () => {
  const yaml = (match: string): string =>
    `network:\n  ethernets:\n    id0:\n      match: {${match}}\n      dhcp4: true\n`;
  const read = async (match: string): Promise<unknown> =>
    (await readInterfaces(new MemoryFiles({ "/etc/netplan/x.yaml": yaml(match) })))
      .map(({ name, followsMac }) => [name, followsMac]);
  assertEquals(await read("macaddress: 00:50:56:00:00:09"), [["id0", true]]);
  assertEquals(await read("name: ens5"), [["ens5", undefined]]);
  assertEquals(await read("name: 'en*'"), []);
  assertEquals(await read("driver: vmxnet3"), []);
});

Deno.test("readInterfaces() says which netplan file is no YAML", async () => {
  const files = new MemoryFiles({ "/etc/netplan/bad.yaml": "network: [\n" });
  const error = await assertRejects(
    () => readInterfaces(files),
    MigrateError,
    "Cannot read /etc/netplan/bad.yaml",
  );
  assertEquals(error.code, "guest/unsupported");
});

Deno.test("readInterfaces() finds nothing in a guest without configuration", async () => {
  assertEquals(await readInterfaces(new MemoryFiles({ "/etc/hostname": "x" })), []);
});
