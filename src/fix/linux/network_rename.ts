/**
 * `--network-policy rename`: the guest names its cards anew, after their places on KVM, and each configuration
 * finds its card by the MAC address. Where a format cannot do that, the card keeps its old name.
 *
 * @module
 */
import type { GuestFiles } from "../../guest/files.ts";
import { macOfRule, readNameTies } from "../../guest/network_map/name_ties.ts";
import { assignedName, parseUdevRules } from "../../guest/udev_rules.ts";
import type { Fix, FixContext, FixPlan } from "../fix.ts";
import { PlanDraft } from "../text_edit.ts";
import { macRewriter } from "./follow_mac.ts";

const ID = "network-rename";

/** Takes the rules that give this name to this address out of a udev rules file; null when none is left. */
export function withoutNameRule(text: string, name: string, mac: string): string | null {
  const lines: (string | null)[] = text.split("\n");
  const rules = parseUdevRules(text);
  const gone = rules.filter((rule) => assignedName(rule) === name && macOfRule(rule) === mac);
  for (const { firstLine, lastLine } of gone) lines.fill(null, firstLine, lastLine + 1);
  if (gone.length > 0 && gone.length === rules.length) return null;
  return lines.filter((line) => line !== null).join("\n");
}

async function plan({ files, guest, nics, options }: FixContext): Promise<FixPlan> {
  const draft = new PlanDraft(ID);
  if (options.networkPolicy !== "rename") return draft.finish();
  const renamed: string[] = [];
  const texts = new Map<string, { readonly before: string; after: string; readonly names: string[] }>();
  for (const { mac, guestName: name } of nics) {
    const file = guest.interfaces.find((one) => one.name === name)?.file;
    if (name === undefined || file === undefined) continue;
    const before = await files.readText(file) ?? "";
    const edit = texts.get(file) ?? { before, after: before, names: [] };
    const after = macRewriter(file)?.(edit.after, name, mac) ?? null;
    if (after === null) {
      draft.leave(`${name} keeps its name: this file cannot find a card by its MAC address`, file);
      continue;
    }
    texts.set(file, { ...edit, after, names: [...edit.names, `${name} by ${mac}`] });
    renamed.push(name);
    await untie(draft, files, name, mac);
  }
  for (const [path, { before, after, names }] of texts) {
    const why = `The card gets a new name on KVM, so its settings find it by its address: ${
      names.join(", ")
    }.`;
    await draft.edit(files, { path, before, after, why });
  }
  if (renamed.length > 0) draft.warn(elsewhere(renamed));
  return draft.finish();
}

/** Removes what would give the card its old name. */
async function untie(draft: PlanDraft, files: GuestFiles, name: string, mac: string): Promise<void> {
  for (const tie of await readNameTies(files)) {
    if (tie.name !== name || tie.mac !== mac) continue;
    const before = await files.readText(tie.file);
    const isRules = tie.file.endsWith(".rules");
    const after = isRules && before !== null ? withoutNameRule(before, name, mac) : null;
    await draft.edit(files, {
      path: tie.file,
      before,
      after,
      why: `It gives the card ${mac} its old name ${name}.`,
    });
  }
}

function elsewhere(names: readonly string[]): Parameters<PlanDraft["warn"]>[0] {
  return {
    id: "network/renamed",
    severity: "warning",
    message: `${
      names.join(", ")
    } will have other names on KVM: firewalls, VLANs, bridges and scripts were not changed.`,
    hint: "Look for the old names in the guest's /etc, or keep the names with --network-policy keep.",
  };
}

/** Lets the guest name its cards anew, on request. */
export const networkRename: Fix = {
  id: ID,
  title: "Let the guest name its network cards anew",
  applies: (guest) => guest.osType === "linux",
  plan,
};
