/**
 * Each configured interface keeps its name on KVM, where the slots that the name came from are others: the
 * name is tied to the MAC address (systemd.link(5), udev(7)).
 *
 * @module
 */
import type { GuestFiles } from "../../guest/files.ts";
import {
  type NameTie,
  NETWORKD_FOLDER,
  readNameTies,
  UDEV_RULES_FOLDER,
} from "../../guest/network_map/name_ties.ts";
import { readInterfaces } from "../../guest/network_map.ts";
import type { Guest, GuestInterface } from "../../model/guest.ts";
import type { Nic } from "../../model/source.ts";
import type { Fix, FixContext, FixPlan } from "../fix.ts";
import { PlanDraft } from "../text_edit.ts";

const ID = "network-names";
/** Shipped with every udev that reads `.link` units. */
const DEFAULT_LINKS = [
  "/usr/lib/systemd/network/99-default.link",
  "/lib/systemd/network/99-default.link",
] as const;

/**
 * A `.link` unit that names a card by its MAC address. `Path=*` holds for real devices only: a VLAN or bond
 * on the card has the same address.
 */
export function linkUnit(name: string, mac: string): string {
  return [
    `# Written by hyper2kvm: the configuration of this system calls the card ${name}.`,
    "[Match]",
    `MACAddress=${mac}`,
    "Path=*",
    "",
    "[Link]",
    `Name=${name}`,
    "",
  ].join("\n");
}

/** A udev rule that does the same, for systems without `.link` units. */
export function nameRule(name: string, mac: string): string {
  return [
    `# Written by hyper2kvm: the configuration of this system calls the card ${name}.`,
    `SUBSYSTEM=="net", ACTION=="add", DRIVERS=="?*", ATTR{address}=="${mac}", ATTR{type}=="1", NAME="${name}"`,
    "",
  ].join("\n");
}

/** Why a name stays without a change; null when it would not. */
export function keepsName(nic: Nic, guest: Guest, ties: readonly NameTie[]): string | null {
  const { guestName: name, mac } = nic;
  const tie = ties.find((one) => one.name === name && one.mac === mac && one.otherMatches.length === 0);
  if (tie !== undefined) return `${name} keeps its name: ${tie.file} ties it to ${mac}`;
  const own = guest.interfaces.find((one) => one.name === name && one.mac === mac);
  const isNetplan = own?.macFile !== undefined && /^\/etc\/netplan\//.test(own.macFile);
  return isNetplan ? `${name} keeps its name: netplan gives it to ${mac} (${own.macFile})` : null;
}

async function plan({ files, guest, nics, options }: FixContext): Promise<FixPlan> {
  const draft = new PlanDraft(ID);
  // With new names the fix before has changed what was inspected.
  const interfaces = options.networkPolicy === "rename" ? await readInterfaces(files) : guest.interfaces;
  const ties = await readNameTies(files);
  for (const nic of nics) {
    warnOfGenerated(draft, nic);
    if (nic.guestName === undefined) continue;
    if (interfaces.some((one) => one.followsMac && one.mac === nic.mac)) {
      draft.leave(`the guest names the card ${nic.mac} itself: its settings find it by the address`);
      continue;
    }
    const reason = keepsName(nic, guest, ties);
    if (reason !== null) draft.leave(reason);
    else await pin(draft, files, nic.guestName, nic.mac);
  }
  for (const one of guest.interfaces) {
    if (one.followsMac) {
      draft.leave(`its configuration finds the card by the MAC address ${one.mac}`, one.file);
    } else if (!nics.some(({ guestName }) => guestName === one.name)) {
      draft.warn({
        id: "network/no-card",
        severity: "information",
        message: `${one.file} configures ${one.name}, and the machine has no card for it.`,
        hint: "Add a network card if the interface is in use; a line that is left over does no harm.",
      });
    }
  }
  warnOfOtherMacs(draft, interfaces, nics);
  if (nics.every(({ guestName }) => guestName === undefined) && guest.interfaces.length === 0) {
    draft.leave("no file of the guest configures a network card by name");
  }
  return draft.finish();
}

function warnOfGenerated(draft: PlanDraft, { mac, macOrigin, guestName }: Nic): void {
  if (macOrigin !== "generated") return;
  draft.warn({
    id: "network/generated-mac",
    severity: "information",
    message: `The MAC address ${mac}${guestName === undefined ? "" : ` of ${guestName}`} is generated: ` +
      "neither the source nor the guest names one.",
    hint: "A DHCP reservation or a licence for the old address needs the new one.",
  });
}

/** Settings that hold for an address which no card has any more, as after --mac. */
function warnOfOtherMacs(
  draft: PlanDraft,
  interfaces: readonly GuestInterface[],
  nics: readonly Nic[],
): void {
  for (const { name, mac, macFile } of interfaces) {
    const isTie = macFile === undefined || /\.(rules|link)$/.test(macFile);
    if (isTie || mac === undefined || nics.some((nic) => nic.mac === mac)) continue;
    draft.warn({
      id: "network/other-mac",
      severity: "warning",
      message: `${macFile} configures ${name} for the MAC address ${mac}, which no card of the machine has.`,
      hint: `Give the card this address with --mac ${mac}, or change the file in the guest.`,
    });
  }
}

async function pin(draft: PlanDraft, files: GuestFiles, name: string, mac: string): Promise<void> {
  const path = await readsLinks(files)
    ? `${NETWORKD_FOLDER}/10-hyper2kvm-${name}.link`
    : `${UDEV_RULES_FOLDER}/70-hyper2kvm-${name}.rules`;
  const before = await files.readText(path);
  const after = path.endsWith(".link") ? linkUnit(name, mac) : nameRule(name, mac);
  const why = `${name} is named after its slot on VMware; the MAC address ${mac} keeps the name.`;
  await draft.edit(files, { path, before, after, why });
}

async function readsLinks(files: GuestFiles): Promise<boolean> {
  for (const path of DEFAULT_LINKS) if (await files.exists(path)) return true;
  return false;
}

/** Keeps the names of the network interfaces. */
export const networkNames: Fix = {
  id: ID,
  title: "Keep the names of network interfaces",
  applies: (guest) => guest.osType === "linux",
  plan,
};
