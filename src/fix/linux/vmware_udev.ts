/**
 * Cleans udev rules of what only VMware's hardware has. A rule that names a card by its MAC address is kept
 * and made independent of the hardware; one that names a card by its VMware slot would name another on KVM.
 *
 * @module
 */
import { macOfRule, UDEV_RULES_FOLDER } from "../../guest/network_map/name_ties.ts";
import { assignedName, parseUdevRules, type UdevRule, type UdevToken } from "../../guest/udev_rules.ts";
import type { Fix, FixContext, FixPlan } from "../fix.ts";
import { PlanDraft } from "../text_edit.ts";

const ID = "vmware-udev";

/** Cleaned rules. */
export interface CleanedRules {
  /** The text after; null when no rule is left. */
  readonly text: string | null;
  /** What was done, for the report. */
  readonly changed: readonly string[];
}

/** Tests that only VMware's hardware passes: its drivers, its PCI vendor, its SCSI vendor, its DMI. */
const VMWARE: readonly (readonly [key: RegExp, value: RegExp])[] = [
  [/^DRIVERS?$/, /^(vmxnet\d*|vmw_\w+|vmwgfx|pvscsi|BusLogic)$/],
  [/^(ATTRS?|SYSFS)\{(device\/)?(vendor|subsystem_vendor)\}$/, /^(0x15ad$|VMware)/i],
  [/^ENV\{ID_VENDOR\w*\}$/, /^(0x15ad$|VMware)/i],
  [/^(ATTRS?|ENV)\{.*(sys_vendor|product_name|DMI\w*)\}$/i, /^\*?VMware/i],
];
/** Tests that a card passes only in its old place, or with its old driver. */
const PLACE: readonly (readonly [key: RegExp, value: RegExp])[] = [
  [/^(KERNELS|BUS|ID)$/, /^[0-9a-f]{4}:[0-9a-f]{2}:/i],
  [/^ENV\{ID_PATH\w*\}$/, /^\*?(pci|acpi)-/],
  [/^ENV\{ID_NET_NAME_\w+\}$/, /./],
  [/^DEVPATH$/, /pci\d/],
];
/** More that a rule with a MAC address does not need, and that virtio does not pass. */
const HARDWARE: readonly (readonly [key: RegExp, value: RegExp])[] = [
  [/^DRIVERS?$/, /^(?!virtio)[\w-]+$/],
  [/^(ATTRS?|SYSFS)\{(vendor|device|subsystem_vendor|subsystem_device)\}$/, /^0x/],
];

function passes(token: UdevToken, table: typeof VMWARE): boolean {
  return token.operator === "==" &&
    table.some(([key, value]) => key.test(token.key) && value.test(token.value));
}

/** Cleans the rules of one file. */
export function cleanUdevRules(text: string): CleanedRules {
  const lines: (string | null)[] = text.split("\n");
  const changed: string[] = [];
  let rulesLeft = 0;
  for (const rule of parseUdevRules(text)) {
    const after = cleanRule(rule, lines.slice(rule.firstLine, rule.lastLine + 1).join("\n"));
    if (after.note !== undefined) {
      changed.push(after.note);
      lines.fill(null, rule.firstLine, rule.lastLine + 1);
      lines[rule.firstLine] = after.text;
    }
    if (after.text !== null) rulesLeft++;
  }
  const left = lines.filter((line) => line !== null).join("\n");
  return { text: changed.length > 0 && rulesLeft === 0 ? null : left, changed };
}

function cleanRule(rule: UdevRule, source: string): { text: string | null; note?: string } {
  const name = assignedName(rule);
  const mac = macOfRule(rule);
  const keepsLabel = rule.tokens.some(({ key, operator }) => key === "LABEL" && operator === "=");
  if (name !== undefined && mac !== undefined) {
    const tests = rule.tokens.filter((token) =>
      [VMWARE, PLACE, HARDWARE].some((table) => passes(token, table))
    );
    if (tests.length === 0) return { text: source };
    const dropped = tests.map(({ key, value }) => `${key}=="${value}"`).join(", ");
    return {
      text: withoutTokens(source, tests),
      note: `the name ${name} for ${mac} no longer needs ${dropped}`,
    };
  }
  const vmware = rule.tokens.find((token) => passes(token, VMWARE));
  if (vmware !== undefined && !keepsLabel) {
    return { text: null, note: `a rule for ${vmware.key}=="${vmware.value}" is removed` };
  }
  const place = name === undefined ? undefined : rule.tokens.find((token) => passes(token, PLACE));
  if (place !== undefined && isNetwork(rule)) {
    return {
      text: null,
      note: `the name ${name} for the slot ${place.value} is removed: the slot differs on KVM`,
    };
  }
  return { text: source };
}

function isNetwork(rule: UdevRule): boolean {
  return rule.tokens.some(({ key, operator, value }) =>
    /^SUBSYSTEMS?$/.test(key) && operator === "==" && value === "net"
  );
}

/** Takes tests out of the text of a rule, with the commas after them. */
function withoutTokens(source: string, tokens: readonly UdevToken[]): string {
  return tokens.reduce((text, { key, operator, value }) => {
    const start = text.indexOf(key + operator + `"${value}"`);
    if (start === -1) return text;
    const end = start + key.length + operator.length + value.length + 2;
    const gap = /^\s*,?[ \t]*/.exec(text.slice(end))![0].length;
    return text.slice(0, start) + text.slice(end + gap);
  }, source);
}

async function plan({ files }: FixContext): Promise<FixPlan> {
  const draft = new PlanDraft(ID);
  for (const name of (await files.list(UDEV_RULES_FOLDER)).filter((one) => one.endsWith(".rules"))) {
    const path = `${UDEV_RULES_FOLDER}/${name}`;
    const before = await files.readText(path);
    if (before === null) continue;
    const { text, changed } = cleanUdevRules(before);
    await draft.edit(files, {
      path,
      before,
      after: text,
      why: `Made for VMware's hardware: ${changed.join("; ")}.`,
    });
  }
  return draft.finish();
}

/** Cleans udev rules of what only VMware's hardware has. */
export const vmwareUdev: Fix = {
  id: ID,
  title: "Clean udev rules of VMware's hardware",
  applies: (guest) => guest.osType === "linux",
  plan,
};
