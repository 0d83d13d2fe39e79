import { assertEquals, assertThrows } from "@std/assert";
import { chooseNics, NIC_MAPPING } from "../../src/guest/nic_choices.ts";
import { MigrateError } from "../../src/model/error.ts";
import type { Nic } from "../../src/model/source.ts";

const A = "00:50:56:00:00:01";
const B = "00:50:56:00:00:02";
const NICS: readonly Nic[] = [
  { mac: A, macOrigin: "source", guestName: "ens192" },
  { mac: B, macOrigin: "source", guestName: "ens224" },
];

Deno.test("chooseNics() gives addresses in order and keeps names", () => {
  assertEquals(chooseNics(NICS, { macs: ["52-54-00-AA-BB-CC"], mappings: [] }), [
    { mac: "52:54:00:aa:bb:cc", macOrigin: "option", guestName: "ens192" },
    NICS[1]!,
  ]);
});

Deno.test("chooseNics() moves a name to the card that is named", () => {
  const names = chooseNics(NICS, { macs: [], mappings: [`ens192=${B}`] }).map((nic) => nic.guestName);
  assertEquals(names, [undefined, "ens192"]);
});

Deno.test("chooseNics() swaps names", () => {
  const mappings = [`ens192=${B}`, `ens224=${A}`];
  const names = chooseNics(NICS, { macs: [], mappings }).map((nic) => nic.guestName);
  assertEquals(names, ["ens224", "ens192"]);
});

Deno.test("chooseNics() refuses addresses too many, twice, or of no card", () => {
  const refuse = (macs: string[], mappings: string[], reason: string): void => {
    const error = assertThrows(() => chooseNics(NICS, { macs, mappings }), MigrateError, reason);
    assertEquals(error.code, "usage/bad-value");
  };
  refuse([A, B, "00:50:56:00:00:03"], [], "the machine has 2 network cards");
  refuse([B], [], "for two network cards");
  refuse([], ["eth0=00:50:56:00:00:03"], "Cannot give 00:50:56:00:00:03 the name eth0");
});

Deno.test("NIC_MAPPING takes NAME=MAC", () => {
  assertEquals([`ens192=${A}`, `ens192`, `=${A}`, `ens192=10.0.0.1`].map((text) => NIC_MAPPING.test(text)), [
    true,
    false,
    false,
    false,
  ]);
});
