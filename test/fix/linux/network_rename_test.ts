import { assertEquals } from "@std/assert";
import { parse } from "@std/yaml";
import { planFixes } from "../../../src/fix/plan_fixes.ts";
import type { FixPlan } from "../../../src/fix/fix.ts";
import {
  ifcfgByMac,
  keyfileByMac,
  macRewriter,
  netplanByMac,
  networkdByMac,
} from "../../../src/fix/linux/follow_mac.ts";
import { networkNames } from "../../../src/fix/linux/network_names.ts";
import { networkRename, withoutNameRule } from "../../../src/fix/linux/network_rename.ts";
import { type MemoryEntry, MemoryFiles } from "../../support/memory_files.ts";
import { contextOf, guestOf, MBR_FILESYSTEMS } from "../../support/sample_guests.ts";

const MAC = "00:50:56:aa:bb:cc";
const RULES = "/etc/udev/rules.d/70-persistent-net.rules";
const rule = (name: string, mac: string): string =>
  `SUBSYSTEM=="net", ACTION=="add", ATTR{address}=="${mac}", NAME="${name}"\n`;

async function planOf(entries: Record<string, MemoryEntry>): Promise<FixPlan> {
  const files = new MemoryFiles({ "/lib/systemd/network/99-default.link": "", ...entries });
  const context = contextOf(files, await guestOf(files, MBR_FILESYSTEMS), undefined, {
    networkPolicy: "rename",
  });
  return await planFixes(context, [networkRename, networkNames]);
}

Deno.test("keyfileByMac() replaces the name by the address", () => {
  assertEquals(
    keyfileByMac("[connection]\nid=lan\ninterface-name=ens192\n\n[ipv4]\nmethod=auto\n", "ens192", MAC),
    `[connection]\nid=lan\n\n[ipv4]\nmethod=auto\n\n[ethernet]\nmac-address=${MAC}\n`,
  );
  assertEquals(
    keyfileByMac(
      "[connection]\ninterface-name=ens192\n[ethernet]\nmac-address=old\nmtu=9000\n",
      "ens192",
      MAC,
    ),
    `[connection]\n[ethernet]\nmac-address=${MAC}\nmtu=9000\n`,
  );
});

Deno.test("networkdByMac() refuses a unit for several names", () => {
  assertEquals(
    networkdByMac("[Match]\nName=ens192\n\n[Network]\nDHCP=yes\n", "ens192", MAC),
    `[Match]\nMACAddress=${MAC}\n\n[Network]\nDHCP=yes\n`,
  );
  assertEquals(networkdByMac("[Match]\nName=ens192 ens224\n", "ens192", MAC), null);
});

Deno.test("ifcfgByMac() takes DEVICE out and names the address once", () => {
  assertEquals(
    ifcfgByMac('DEVICE="ens192"\nHWADDR=00:00:00:00:00:01\nONBOOT=yes\n', "ens192", MAC),
    `HWADDR=${MAC}\nONBOOT=yes\n`,
  );
});

Deno.test("netplanByMac() matches by the address and drops set-name", () => {
  const text = `network: {ethernets: {lan: {match: {driver: vmxnet3}, set-name: ens192, dhcp4: true}}}\n`;
  assertEquals(parse(netplanByMac(text, "ens192", MAC)!), {
    network: { ethernets: { lan: { match: { macaddress: MAC }, dhcp4: true } } },
  });
  assertEquals(netplanByMac(text, "ens224", MAC), null);
});

Deno.test("macRewriter() has none for formats that go by name", () => {
  assertEquals(["/etc/network/interfaces", "/etc/sysconfig/network/ifcfg-eth0"].map(macRewriter), [
    null,
    null,
  ]);
});

Deno.test("withoutNameRule() takes out one rule, or the file with the last", () => {
  const other = rule("ens224", "00:50:56:00:00:02");
  assertEquals(withoutNameRule(`# c\n${rule("ens192", MAC)}${other}`, "ens192", MAC), `# c\n${other}`);
  assertEquals(withoutNameRule(`# c\n${rule("ens192", MAC)}`, "ens192", MAC), null);
});

Deno.test("networkRename unties a card from its old name, and no .link unit ties it again", async () => {
  const keyfile = "/etc/NetworkManager/system-connections/lan.nmconnection";
  const { changes, concerns, leftAlone } = await planOf({
    [keyfile]: "[connection]\nid=lan\ntype=ethernet\ninterface-name=ens192\n\n[ipv4]\nmethod=auto\n",
    [RULES]: rule("ens192", MAC),
  });
  assertEquals(changes.map(({ path }) => path), [RULES, keyfile]);
  assertEquals(concerns.map(({ id }) => id), ["network/renamed"]);
  assertEquals(leftAlone.map(({ reason }) => reason).slice(0, 1), [
    `the guest names the card ${MAC} itself: its settings find it by the address`,
  ]);
});

Deno.test("networkRename keeps the name of a card that ifupdown configures", async () => {
  const { changes, leftAlone, concerns } = await planOf({
    "/etc/network/interfaces": "auto ens192\niface ens192 inet dhcp\n",
  });
  assertEquals(changes.map(({ path }) => path), ["/etc/systemd/network/10-hyper2kvm-ens192.link"]);
  assertEquals([leftAlone[0]?.path, concerns.map(({ id }) => id)], [
    "/etc/network/interfaces",
    ["network/generated-mac"],
  ]);
});
