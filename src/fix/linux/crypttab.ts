/**
 * Makes /etc/crypttab independent of disk names (crypttab(5)).
 *
 * @module
 */
import type { Fix, FixContext, FixPlan } from "../fix.ts";
import { PlanDraft } from "../text_edit.ts";
import { type Devices, type NameKind, stableName } from "./device_names.ts";

const ID = "crypttab";
const PATH = "/etc/crypttab";

/** Target name, gap, device, rest. */
const LINE = /^(\s*[^\s#]\S*\s+)(\S+)(.*)$/s;
/** An area that gets a new random key at each start: its content, and so its UUID, does not last. */
const RANDOM_KEY = /^\s+\/dev\/u?random(\s|$)/;

/** A rewritten crypttab. */
export interface CrypttabResult {
  /** The text after. */
  readonly text: string;
  /** Devices that were replaced. */
  readonly changed: readonly { readonly from: string; readonly to: string }[];
  /** Why lines are right as they are. */
  readonly leftAlone: readonly string[];
  /** Why lines could not be changed. */
  readonly unresolved: readonly string[];
}

/** Replaces the names of disks in the second column; everything else stays. */
export function stabilizeCrypttab(text: string, devices: Devices): CrypttabResult {
  const changed: { from: string; to: string }[] = [];
  const leftAlone: string[] = [];
  const unresolved: string[] = [];
  const lines = text.split("\n").map((line) => {
    const match = LINE.exec(line);
    if (match === null) return line;
    const [, head, device, rest] = match as unknown as [string, string, string, string];
    const order: readonly NameKind[] = RANDOM_KEY.test(rest) ? ["partuuid"] : ["uuid", "partuuid"];
    const name = stableName(device, devices, order);
    if (name.kind === "stable") leftAlone.push(name.reason);
    if (name.kind === "unresolved") unresolved.push(name.reason);
    if (name.kind !== "changes") return line;
    changed.push({ from: device, to: name.to });
    return `${head}${name.to}${rest}`;
  });
  return { text: lines.join("\n"), changed, leftAlone, unresolved };
}

async function plan({ files, guest }: FixContext): Promise<FixPlan> {
  const draft = new PlanDraft(ID);
  const before = await files.readText(PATH);
  if (before === null) return draft.finish();
  const { text, changed, leftAlone, unresolved } = stabilizeCrypttab(before, guest);
  const what = changed.map(({ from, to }) => `${from} → ${to}`).join("; ");
  await draft.edit(files, { path: PATH, before, after: text, why: `Names of disks change on KVM: ${what}.` });
  for (const reason of leftAlone) draft.leave(reason, PATH);
  for (const reason of unresolved) {
    draft.warn({
      id: "crypttab/unresolved",
      severity: "warning",
      message: `A line of ${PATH} stays as it is: ${reason}.`,
      hint: "Convert all disks of the machine together, or name the device by UUID in the source.",
    });
  }
  return draft.finish();
}

/** Makes /etc/crypttab independent of disk names. */
export const crypttab: Fix = {
  id: ID,
  title: "Name encrypted volumes in /etc/crypttab by UUID",
  applies: (guest) => guest.osType === "linux",
  plan,
};
