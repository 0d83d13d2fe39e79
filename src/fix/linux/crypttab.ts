/**
 * Makes /etc/crypttab independent of disk names (crypttab(5)).
 *
 * @module
 */
import type { Fix, FixContext, FixPlan } from "../fix.ts";
import { PlanDraft } from "../text_edit.ts";
import { type Devices, type NameKind, stableName } from "./device_names.ts";
import type { ArgumentsResult } from "./kernel_arguments.ts";
import { recordNames } from "./record_names.ts";

const ID = "crypttab";
const PATH = "/etc/crypttab";

/** Target name, gap, device, rest. */
const LINE = /^(\s*[^\s#]\S*\s+)(\S+)(.*)$/s;
/** An area that gets a new random key at each start: its content, and so its UUID, does not last. */
const RANDOM_KEY = /^\s+\/dev\/u?random(\s|$)/;

/** Replaces the names of disks in the second column; everything else stays. */
export function stabilizeCrypttab(text: string, devices: Devices): ArgumentsResult {
  const changed: string[] = [];
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
    changed.push(`${device} → ${name.to}`);
    return `${head}${name.to}${rest}`;
  });
  return { text: lines.join("\n"), changed, leftAlone, unresolved };
}

async function plan({ files, guest }: FixContext): Promise<FixPlan> {
  const draft = new PlanDraft(ID);
  const before = await files.readText(PATH);
  if (before === null) return draft.finish();
  const result = stabilizeCrypttab(before, guest);
  await recordNames(draft, files, ID, { path: PATH, before, result, what: "A line of" });
  return draft.finish();
}

/** Makes /etc/crypttab independent of disk names. */
export const crypttab: Fix = {
  id: ID,
  title: "Name encrypted volumes in /etc/crypttab by UUID",
  applies: (guest) => guest.osType === "linux",
  plan,
};
