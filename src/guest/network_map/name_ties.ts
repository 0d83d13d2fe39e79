/**
 * What ties the name of an interface to a MAC address: udev rules and `.link` units.
 *
 * @module
 */
import type { GuestFiles } from "../files.ts";
import { assignedName, parseUdevRules, requiredValues, type UdevRule } from "../udev_rules.ts";
import { macAddress } from "./names.ts";
import { parseLinkUnit } from "./networkd.ts";

/** Where an administrator's udev rules are. */
export const UDEV_RULES_FOLDER = "/etc/udev/rules.d";
/** Where an administrator's units of networkd and udev are. */
export const NETWORKD_FOLDER = "/etc/systemd/network";

/** A name that one card gets by its MAC address. */
export interface NameTie {
  /** Interface name. */
  readonly name: string;
  /** MAC address, lower case. */
  readonly mac: string;
  /** The file that says so. */
  readonly file: string;
  /** What must hold besides the MAC address, such as `DRIVERS==vmxnet3`; empty when it is harmless. */
  readonly otherMatches: readonly string[];
}

/** Tests that hold for every network card, so that a rule with them still works on other hardware. */
const HARMLESS = [
  /^(SUBSYSTEM|SUBSYSTEMS)==(net|pci|\*|\?\*)$/,
  /^ACTION==(add|add\|change|change|move|\*|\?\*|add\|change\|move)$/,
  /^DRIVERS?==(\?\*|\*)$/,
  /^(ATTRS?|SYSFS)\{(dev_id|type)\}==(0x0|1|0x1|\*|\?\*)$/,
  /^KERNEL==(eth|e)?\*$/,
];

/** The names that the rules of one file give by MAC address. */
export function parseUdevNames(text: string, file: string): readonly NameTie[] {
  return parseUdevRules(text).flatMap((rule): readonly NameTie[] => {
    const name = assignedName(rule);
    const mac = macOfRule(rule);
    return name === undefined || mac === undefined
      ? []
      : [{ name, mac, file, otherMatches: otherMatches(rule) }];
  });
}

/** The MAC address that a rule requires. */
export function macOfRule(rule: UdevRule): string | undefined {
  return macAddress(requiredValues(rule, /^(ATTRS?|SYSFS)\{address\}$/)[0]);
}

function otherMatches(rule: UdevRule): readonly string[] {
  return rule.tokens
    .filter(({ key, operator }) => /^[=!]=$/.test(operator) && !/\{address\}$/.test(key))
    .map(({ key, operator, value }) => `${key}${operator}${value}`)
    .filter((test) => !HARMLESS.some((harmless) => harmless.test(test)));
}

/** Reads every rule and unit that names a card by its MAC address. */
export async function readNameTies(files: GuestFiles): Promise<readonly NameTie[]> {
  const ties: NameTie[] = [];
  for (const name of await files.list(UDEV_RULES_FOLDER)) {
    const file = `${UDEV_RULES_FOLDER}/${name}`;
    const text = name.endsWith(".rules") ? await files.readText(file) : null;
    if (text !== null) ties.push(...parseUdevNames(text, file));
  }
  for (const name of await files.list(NETWORKD_FOLDER)) {
    const file = `${NETWORKD_FOLDER}/${name}`;
    const text = name.endsWith(".link") ? await files.readText(file) : null;
    const tie = text === null ? null : parseLinkUnit(text, file);
    if (tie !== null) ties.push(tie);
  }
  return ties;
}
