/**
 * The network cards that the KVM machine gets: those of the source, joined with what the guest knows of them.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { GuestInterface } from "../model/guest.ts";
import type { Nic } from "../model/source.ts";

/** The prefix of QEMU's and KVM's own addresses. */
const KVM_PREFIX = "52:54:00";

/**
 * Plans the network cards. A card and an interface belong together by their MAC address; interfaces without
 * one go to the remaining cards in order of their names. A source whose cards are not known gets one card per
 * interface. Where neither side names an address, one is made from the seed: the same seed and guest give the
 * same plan. There is always at least one card.
 *
 * @param seed what stays the same when a job runs again, such as the name of the machine
 */
export function planNics(
  sourceNics: readonly Nic[],
  interfaces: readonly GuestInterface[],
  seed: string,
): Nic[] {
  const cards: readonly Partial<Nic>[] = sourceNics.length > 0
    ? sourceNics.map((nic) => nic.mac === "" || nic.macOrigin === "generated" ? withoutMac(nic) : nic)
    : Array.from({ length: Math.max(1, interfaces.length) }, () => ({}));
  const partners = pair(cards, interfaces);
  const taken = new Set([...cards, ...interfaces].flatMap(({ mac }) => mac?.toLowerCase() ?? []));
  return cards.map((card, index) => {
    const partner = partners.get(index);
    const mac = (card.mac ?? partner?.mac)?.toLowerCase();
    const isNamed = partner !== undefined && partner.followsMac !== true;
    return {
      ...card,
      mac: mac ?? generateMac(seed, index, taken),
      macOrigin: card.mac !== undefined
        ? card.macOrigin ?? "source"
        : mac !== undefined
        ? "guest"
        : "generated",
      ...(isNamed ? { guestName: partner.name } : {}),
    };
  });
}

function withoutMac(nic: Nic): Partial<Nic> {
  const { mac: _mac, macOrigin: _origin, ...rest } = nic;
  return rest;
}

/** Gives interfaces to cards: by address, then cards without an address, then the rest in order. */
function pair(
  cards: readonly Partial<Nic>[],
  interfaces: readonly GuestInterface[],
): ReadonlyMap<number, GuestInterface> {
  const partners = new Map<number, GuestInterface>();
  const left = new Set(interfaces);
  const join = (index: number, one: GuestInterface | undefined): void => {
    if (one === undefined) return;
    partners.set(index, one);
    left.delete(one);
  };
  for (const [index, { mac }] of cards.entries()) {
    if (mac !== undefined) join(index, interfaces.find((one) => one.mac === mac.toLowerCase()));
  }
  for (const [index, { mac }] of cards.entries()) {
    if (partners.has(index)) continue;
    // An interface that is tied to another address than the card's is no interface of that card.
    join(index, inOrder(left).find((one) => one.mac === undefined || mac === undefined));
  }
  return partners;
}

/** Interfaces by name, numbers by value: eth2 before eth10. */
function inOrder(interfaces: ReadonlySet<GuestInterface>): readonly GuestInterface[] {
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  return [...interfaces].sort((a, b) => compare(a.name, b.name));
}

function generateMac(seed: string, index: number, taken: Set<string>): string {
  for (let attempt = 0;; attempt++) {
    const hash = createHash("sha256").update(`${seed}\n${index}\n${attempt}`).digest("hex");
    const mac = `${KVM_PREFIX}:${hash.slice(0, 2)}:${hash.slice(2, 4)}:${hash.slice(4, 6)}`;
    if (taken.has(mac)) continue;
    taken.add(mac);
    return mac;
  }
}
