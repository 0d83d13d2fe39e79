import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { planNics } from "../../src/guest/nics.ts";
import type { GuestInterface } from "../../src/model/guest.ts";
import type { Nic } from "../../src/model/source.ts";

const face = (name: string, mac?: string): GuestInterface => ({
  name,
  ...(mac === undefined ? {} : { mac, macFile: "/etc/udev/rules.d/70-persistent-net.rules" }),
  addresses: [],
  dhcp: true,
  file: "/etc/network/interfaces",
});
const nic = (mac: string): Nic => ({ mac, macOrigin: "source", network: "VM Network", model: "vmxnet3" });
const A = "00:50:56:00:00:0a";
const B = "00:50:56:00:00:0b";

Deno.test("planNics() joins cards and interfaces by MAC address, whatever the order", () => {
  const nics = planNics([nic(A.toUpperCase()), nic(B)], [face("ens224", B), face("ens192", A)], "x");
  assertEquals(nics, [{ ...nic(A), guestName: "ens192" }, { ...nic(B), guestName: "ens224" }]);
});

Deno.test("planNics() gives interfaces without an address to the remaining cards by name", () => {
  const nics = planNics([nic(A), nic(B)], [face("eth10"), face("eth2")], "x");
  assertEquals(nics.map(({ guestName }) => guestName), ["eth2", "eth10"]);
});

Deno.test("planNics() gives no card an interface that is tied to another address", () => {
  assertEquals(planNics([nic(A)], [face("eth0", B)], "x"), [nic(A)]);
});

Deno.test("planNics() makes a card per interface when the source names none", () => {
  const nics = planNics([], [face("ens192", A), face("ens224")], "x");
  assertEquals(nics.map(({ mac, macOrigin, guestName }) => [mac === A, macOrigin, guestName]), [
    [true, "guest", "ens192"],
    [false, "generated", "ens224"],
  ]);
});

Deno.test("planNics() generates the same address for the same seed", () => {
  const [first, again, other] = ["a", "a", "b"].map((seed) => planNics([], [], seed)[0]!.mac);
  assertMatch(first!, /^52:54:00(:[0-9a-f]{2}){3}$/);
  assertEquals(first, again);
  assertNotEquals(first, other);
});

Deno.test("planNics() always gives a card", () => {
  assertEquals(planNics([], [], "x").length, 1);
});

Deno.test("planNics() generates different addresses for two cards", () => {
  const [one, two] = planNics([], [face("a"), face("b")], "x");
  assertNotEquals(one!.mac, two!.mac);
});

Deno.test("planNics() replaces an address that the source only made up", () => {
  const [card] = planNics([{ mac: "", macOrigin: "generated", model: "e1000" }], [face("ens33", A)], "x");
  assertEquals(card, { model: "e1000", mac: A, macOrigin: "guest", guestName: "ens33" });
});

Deno.test("planNics() names no card after a configuration that follows the address", () => {
  const [card] = planNics([nic(A)], [{ ...face("Wired", A), followsMac: true }], "x");
  assertEquals(card, nic(A));
});
