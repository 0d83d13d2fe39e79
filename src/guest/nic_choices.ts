/**
 * What the user says of the network cards: their addresses, and which interface of the guest each is.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import type { Nic } from "../model/source.ts";

/** A MAC address as a user may write it. */
export const MAC = /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i;
/** NAME=MAC. */
export const NIC_MAPPING = /^[^\s:./*?=[\]!]{1,15}=([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i;

/** Choices from the command line or a job file. */
export interface NicChoices {
  /** MAC addresses of the cards in order; a card beyond the list keeps its own. */
  readonly macs: readonly string[];
  /** `NAME=MAC`: the guest's interface NAME is the card with this address. */
  readonly mappings: readonly string[];
}

/**
 * The planned cards with the user's choices.
 *
 * @throws {MigrateError} `usage/bad-value` for an address too many, one that comes twice, or one that no card has
 */
export function chooseNics(nics: readonly Nic[], { macs, mappings }: NicChoices): readonly Nic[] {
  if (macs.length > nics.length) {
    throw badValue(`Cannot use ${macs.length} MAC addresses: the machine has ${cards(nics)}.`);
  }
  let chosen: readonly Nic[] = nics.map((nic, index) => {
    const mac = macs[index];
    return mac === undefined ? nic : { ...nic, mac: normalMac(mac), macOrigin: "option" as const };
  });
  const twice = chosen.find(({ mac }, index) => chosen.findIndex((one) => one.mac === mac) !== index);
  if (macs.length > 0 && twice !== undefined) {
    throw badValue(`Cannot use ${twice.mac} for two network cards.`);
  }
  for (const mapping of mappings) {
    const [name = "", address = ""] = mapping.split("=");
    const mac = normalMac(address);
    if (!chosen.some((nic) => nic.mac === mac)) {
      throw badValue(`Cannot give ${mac} the name ${name}: the machine has ${cards(chosen)}.`);
    }
    chosen = chosen.map(({ guestName, ...nic }) =>
      nic.mac === mac
        ? { ...nic, guestName: name }
        : guestName === undefined || guestName === name
        ? nic
        : { ...nic, guestName }
    );
  }
  return chosen;
}

function normalMac(mac: string): string {
  return mac.toLowerCase().replaceAll("-", ":");
}

function cards(nics: readonly Nic[]): string {
  const list = nics.map(({ mac, guestName }) => guestName === undefined ? mac : `${mac} (${guestName})`);
  return `${nics.length} network ${nics.length === 1 ? "card" : "cards"}: ${list.join(", ")}`;
}

function badValue(message: string): MigrateError {
  return new MigrateError("usage/bad-value", message, {
    stage: "inspect",
    hint: "plan shows the network cards that the machine will have.",
  });
}
