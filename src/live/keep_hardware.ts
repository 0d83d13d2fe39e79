/**
 * Keeps fixes from taking away what the machine needs where it runs now: it must still boot there.
 *
 * @module
 */
import type { Fix, FixContext, FixPlan } from "../fix/fix.ts";
import type { Change, LeftAlone } from "../model/change.ts";
import { moduleFolder, type RunningHardware } from "./hardware.ts";

/** PCI vendor ids and names by which rules know a machine, by what its firmware says. */
const VENDORS: readonly (readonly [vendor: RegExp, words: RegExp])[] = [
  [/^VMware/, /0x15ad\b|VMware/i],
  [/^innotek|^Oracle/, /0x80ee\b|VirtualBox/i],
  [/^Microsoft/, /0x1414\b|Hyper-V|vmbus/i],
  [/^Parallels/, /0x1ab8\b|Parallels/i],
];
/** Fixes that name devices anew; what they replace means the same device here and on KVM. */
const RENAMING: ReadonlySet<string> = new Set(["fstab", "crypttab", "grub", "boot-menus"]);
/** X's drivers by the kernel's that draw for them. */
const X_DRIVERS: Readonly<Record<string, string>> = {
  vmware: "vmwgfx",
  vmmouse: "psmouse",
  vboxvideo: "vboxvideo",
  hyperv_fb: "hyperv_fb",
};
/** Drivers that installers of guest tools bring along, and take away again. */
const BROUGHT_ALONG = /^(vmxnet\d*|pvscsi|vmw_\w+|vmci|vboxguest|hv_\w+)$/;

/** The same fixes; of each plan what would take away something in use is left out, and said so. */
export function keepingHardware(
  fixes: readonly Fix[],
  hardware: RunningHardware,
  release: string,
): readonly Fix[] {
  return fixes.map((fix) => ({
    ...fix,
    applies: (guest) => fix.applies(guest),
    plan: async (context: FixContext) => {
      const blocked = fix.id === "vmware-tools" ? await ownDriver(context, hardware, release) : undefined;
      if (blocked !== undefined) {
        return { changes: [], concerns: [], leftAlone: [{ fix: fix.id, reason: blocked }] };
      }
      return withoutRemovals(await fix.plan(context), hardware);
    },
  }));
}

/** Why the tools cannot go: a driver in use is theirs, not the kernel's. */
async function ownDriver(
  { files, options }: FixContext,
  hardware: RunningHardware,
  release: string,
): Promise<string | undefined> {
  const used = [...hardware.drivers].filter((driver) => BROUGHT_ALONG.test(driver));
  if (!options.removeTools || used.length === 0) return undefined;
  const modulesDep = await files.readText(`/lib/modules/${release}/modules.dep`) ?? "";
  const theirs = used.find((driver) => {
    const folder = moduleFolder(modulesDep, driver);
    return folder !== undefined && !folder.startsWith("kernel/");
  });
  return theirs === undefined ? undefined : `the tools stay: ${theirs}, which the machine runs on now, ` +
    `is their own (/lib/modules/${release}/${moduleFolder(modulesDep, theirs)}); remove them after the move`;
}

/** Takes changes out of a plan that would remove what is in use. */
export function withoutRemovals(plan: FixPlan, hardware: RunningHardware): FixPlan {
  const leftAlone: LeftAlone[] = [...plan.leftAlone];
  const changes = plan.changes.filter((change) => {
    const needed = RENAMING.has(change.fix) ? undefined : removedInUse(change, hardware);
    if (needed === undefined) return true;
    const reason = `it stays as it is until the move: ${needed}`;
    leftAlone.push({ fix: change.fix, path: change.path, reason });
    return false;
  });
  return { ...plan, changes, leftAlone };
}

/** The first line that a change takes out and that the hardware needs, with why; undefined when there is none. */
function removedInUse(change: Change, hardware: RunningHardware): string | undefined {
  if (change.kind !== "text" || change.before === null) return undefined;
  const after = new Set((change.after ?? "").split("\n"));
  for (const line of change.before.split("\n")) {
    const isRule = line.trim() !== "" && !/^\s*[#;]/.test(line);
    const use = isRule && !after.has(line) ? inUse(line, hardware) : undefined;
    if (use !== undefined) return `"${line.trim()}" is for ${use}, which the machine runs on now`;
  }
  return undefined;
}

/** What of the running hardware a line names. */
function inUse(line: string, { drivers, places, vendor }: RunningHardware): string | undefined {
  const words = line.match(/[\w.:-]+/g) ?? [];
  for (const word of words) {
    const name = word.toLowerCase().replaceAll("-", "_");
    const driver = X_DRIVERS[name] ?? name;
    if (drivers.has(driver) && !COMMON_WORDS.has(driver)) return driver;
    if (places.has(word) && /^[0-9a-f]{4}:[0-9a-f]{2}:/i.test(word)) return `the device at ${word}`;
  }
  const known = VENDORS.find(([pattern]) => pattern.test(vendor));
  return known?.[1].exec(line)?.[0];
}

/** Drivers whose names are words of rules, too. */
const COMMON_WORDS: ReadonlySet<string> = new Set(["usb", "hub", "sd", "sr", "scsi", "serial", "button"]);
