import { assertEquals, assertStringIncludes } from "@std/assert";
import { networkNames } from "../../../src/fix/linux/network_names.ts";
import { planFixes } from "../../../src/fix/plan_fixes.ts";
import { vmwareUdev } from "../../../src/fix/linux/vmware_udev.ts";
import type { TextChange } from "../../../src/model/change.ts";
import { contextOf, DEBIAN, guestOf, openSample, RHEL8, SUSE, UBUNTU } from "../../support/sample_guests.ts";

Deno.test("networkNames leaves a name that a udev rule gives by MAC address", async () => {
  const { files, guest } = await openSample(DEBIAN);
  const plan = await networkNames.plan(contextOf(files, guest));
  assertEquals([plan.changes, plan.concerns], [[], []]);
  assertEquals(plan.leftAlone.map(({ reason }) => reason), [
    "ens192 keeps its name: /etc/udev/rules.d/70-persistent-net.rules ties it to 00:50:56:8a:12:34",
  ]);
});

Deno.test("networkNames writes a .link unit with the address of the machine's card", async () => {
  const { files, guest } = await openSample(RHEL8);
  const context = contextOf(files, guest);
  const { changes, concerns } = await networkNames.plan(context);
  const [change] = changes as TextChange[];
  assertEquals(change!.path, "/etc/systemd/network/10-hyper2kvm-ens192.link");
  assertStringIncludes(
    change!.after!,
    `[Match]\nMACAddress=${context.nics[0]!.mac}\nPath=*\n\n[Link]\nName=ens192\n`,
  );
  assertEquals(concerns.map(({ id, severity }) => [id, severity]), [[
    "network/generated-mac",
    "information",
  ]]);
});

Deno.test("networkNames writes a udev rule where udev reads no .link units", async () => {
  const { files, guest } = await openSample(SUSE);
  const { changes } = await planFixes(contextOf(files, guest), [vmwareUdev, networkNames]);
  const rule = changes.at(-1) as TextChange;
  assertEquals(rule.path, "/etc/udev/rules.d/70-hyper2kvm-eth1.rules");
  assertStringIncludes(rule.after!, 'DRIVERS=="?*"');
});

Deno.test("networkNames relies on a rule that vmwareUdev freed from VMware's driver", async () => {
  const { files, guest } = await openSample(SUSE);
  const { changes, leftAlone } = await planFixes(contextOf(files, guest), [vmwareUdev, networkNames]);
  assertEquals(changes.some(({ path }) => path.includes("eth0")), false);
  assertEquals(leftAlone.filter(({ reason }) => reason.startsWith("eth0 keeps its name")).length, 1);
});

Deno.test("networkNames pins a name whose rule still needs VMware's hardware", async () => {
  const { files, guest } = await openSample(SUSE);
  const { changes } = await networkNames.plan(contextOf(files, guest));
  assertEquals(changes.map(({ path }) => path), [
    "/etc/udev/rules.d/70-hyper2kvm-eth0.rules",
    "/etc/udev/rules.d/70-hyper2kvm-eth1.rules",
  ]);
});

Deno.test("networkNames leaves a name that netplan sets by MAC address", async () => {
  const { files, guest } = await openSample(UBUNTU);
  const plan = await networkNames.plan(contextOf(files, guest));
  assertEquals(plan.changes.map(({ path }) => path), ["/etc/systemd/network/10-hyper2kvm-ens160.link"]);
  assertEquals(plan.leftAlone.length, 1);
});

Deno.test("networkNames corrects its own unit when the address is another one", async () => {
  const { files, guest } = await openSample(RHEL8);
  files.set(
    "/etc/systemd/network/10-hyper2kvm-ens192.link",
    "[Match]\nMACAddress=52:54:00:00:00:01\n[Link]\nName=ens192\n",
  );
  const [change] = (await networkNames.plan(contextOf(files, guest))).changes as TextChange[];
  assertStringIncludes(change!.before!, "52:54:00:00:00:01");
});

Deno.test("networkNames says that a configuration follows the MAC address", async () => {
  const { files, guest: before } = await openSample(RHEL8);
  files.set(
    "/etc/sysconfig/network-scripts/ifcfg-ens192",
    "NAME=x\nHWADDR=00:50:56:00:00:01\nBOOTPROTO=dhcp\n",
  );
  const guest = await guestOf(files, before.filesystems);
  const plan = await networkNames.plan(contextOf(files, guest));
  assertEquals([plan.changes.length, plan.leftAlone.length, plan.concerns.length], [0, 1, 0]);
});

Deno.test("networkNames tells of an interface without a card", async () => {
  const { files, guest } = await openSample(RHEL8);
  const nics = [{ mac: "00:50:56:00:00:01", macOrigin: "source" }] as const;
  const plan = await networkNames.plan({ ...contextOf(files, guest), nics });
  assertEquals(plan.concerns.map(({ id }) => id), ["network/no-card"]);
});

Deno.test("networkNames warns of settings for an address that no card has", async () => {
  const { files, guest } = await openSample(UBUNTU);
  const context = contextOf(files, guest);
  const nics = context.nics.map((nic) => ({
    ...nic,
    mac: "52:54:00:00:00:01",
    macOrigin: "option" as const,
  }));
  const { concerns } = await networkNames.plan({ ...context, nics });
  assertEquals(concerns.filter(({ id }) => id === "network/other-mac").map(({ hint }) => hint), [
    "Give the card this address with --mac 00:50:56:aa:bb:cc, or change the file in the guest.",
  ]);
});
