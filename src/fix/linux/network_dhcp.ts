/**
 * `--network-policy dhcp`: network cards with static addresses take theirs from DHCP, for a guest that moves
 * to another network. Names stay, so that firewalls and bridges go on working.
 *
 * @module
 */
import type { Guest, GuestInterface } from "../../model/guest.ts";
import type { Fix, FixContext, FixPlan } from "../fix.ts";
import { PlanDraft } from "../text_edit.ts";
import { dhcpRewriter } from "./dhcp_settings.ts";

const ID = "network-dhcp";

/** The cards whose addresses the policy replaces. */
function staticCards(guest: Guest): readonly GuestInterface[] {
  return guest.interfaces.filter(({ addresses, file }) =>
    addresses.length > 0 && dhcpRewriter(file) !== null
  );
}

/** The guest as it is after this fix: what a boot must show of its addresses. */
export function guestWithDhcp(guest: Guest): Guest {
  const cards = new Set(staticCards(guest));
  return {
    ...guest,
    interfaces: guest.interfaces.map((one) => cards.has(one) ? { ...one, addresses: [], dhcp: true } : one),
  };
}

async function plan({ files, guest, options }: FixContext): Promise<FixPlan> {
  const draft = new PlanDraft(ID);
  const cards = staticCards(guest);
  if (options.networkPolicy !== "dhcp") {
    for (const { name, addresses, file } of cards) {
      draft.leave(`${name} keeps ${addresses.join(", ")}; --network-policy dhcp would replace it`, file);
    }
    return draft.finish();
  }
  for (const path of new Set(cards.map(({ file }) => file))) {
    const before = await files.readText(path);
    if (before === null) continue;
    const here = cards.filter(({ file }) => file === path);
    const after = dhcpRewriter(path)!(before, new Set(here.map(({ name }) => name)));
    const old = here.map(({ name, addresses }) => `${name} had ${addresses.join(", ")}`).join("; ");
    await draft.edit(files, { path, before, after, why: `Addresses come from DHCP as asked for: ${old}.` });
  }
  return draft.finish();
}

/** Turns static addresses into DHCP on request. */
export const networkDhcp: Fix = {
  id: ID,
  title: "Take addresses from DHCP",
  applies: (guest) => guest.osType === "linux" && staticCards(guest).length > 0,
  plan,
};
