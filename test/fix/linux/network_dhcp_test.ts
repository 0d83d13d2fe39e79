import { assertEquals } from "@std/assert";
import { guestWithDhcp, networkDhcp } from "../../../src/fix/linux/network_dhcp.ts";
import { contextOf, openSample, RHEL8, UBUNTU } from "../../support/sample_guests.ts";

Deno.test("networkDhcp leaves static addresses unless asked for", async () => {
  const { files, guest } = await openSample(RHEL8);
  const plan = await networkDhcp.plan(contextOf(files, guest));
  assertEquals([plan.changes, plan.leftAlone.map(({ reason }) => reason)], [
    [],
    ["ens192 keeps 10.1.2.3/24; --network-policy dhcp would replace it"],
  ]);
});

Deno.test("networkDhcp rewrites the files of static cards", async () => {
  const { files, guest } = await openSample(RHEL8);
  const { changes } = await networkDhcp.plan(
    contextOf(files, guest, undefined, { networkPolicy: "dhcp" }),
  );
  assertEquals(changes.map(({ path, why }) => [path, why]), [[
    "/etc/sysconfig/network-scripts/ifcfg-ens192",
    "Addresses come from DHCP as asked for: ens192 had 10.1.2.3/24.",
  ]]);
});

Deno.test("guestWithDhcp() promises an address of whatever value", async () => {
  const { guest } = await openSample(UBUNTU);
  const cards = guestWithDhcp(guest).interfaces.map(({ name, addresses, dhcp }) => [name, addresses, dhcp]);
  assertEquals(cards, [["ens160", [], true], ["ens192", [], true]]);
});
