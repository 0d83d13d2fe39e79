/**
 * Removes the guest tools of the old hypervisor: VMware's above all, VirtualBox's, Hyper-V's and Parallels'
 * likewise. No program of the guest runs during the conversion: services are turned off by file, and the
 * packages are removed by the guest's own package manager at the first boot. Deleting a package's files here
 * would leave its database, its users and its alternatives wrong; the package's own scripts know them.
 *
 * @module
 */
import type { GuestFiles } from "../../guest/files.ts";
import type { Fix, FixContext, FixPlan } from "../fix.ts";
import { PlanDraft } from "../text_edit.ts";
import { hasSystemd, planTask, taskTime, UNIT_FOLDER } from "./first_boot.ts";
import { unitName } from "./guest_tools/catalog.ts";
import { type InstalledTools, installedTools, packageManager } from "./guest_tools/installed.ts";
import { removalCommands } from "./guest_tools/removal_script.ts";

const ID = "vmware-tools";
const MASKED = "/dev/null";
/** Where packages put their units and init scripts. */
const UNIT_FOLDERS = ["/usr/lib/systemd/system", "/lib/systemd/system", UNIT_FOLDER] as const;
const INIT_FOLDER = "/etc/init.d";
/** Links of SysV init, by runlevel. */
const RUNLEVELS = ["/etc", "/etc/rc.d"].flatMap((base) =>
  ["S", "2", "3", "4", "5"].map((level) => `${base}/rc${level}.d`)
);
const MODULE_LISTS = "/etc/modules-load.d";

/** Takes the modules that match out of a list (modules-load.d(5), /etc/modules); the rest stays as it is. */
export function withoutModules(text: string, patterns: readonly RegExp[]): string {
  return text.split("\n").filter((line) => {
    const name = line.trim().split(/\s+/)[0]!.replaceAll("-", "_");
    return !patterns.some((pattern) => pattern.test(name));
  }).join("\n");
}

async function plan(context: FixContext): Promise<FixPlan> {
  const { files, options } = context;
  const draft = new PlanDraft(ID);
  const found = await installedTools(files);
  for (const one of options.removeTools ? [] : found) {
    draft.leave(`the tools of ${one.tools.name}${listed(one)} stay; --remove-vmware-tools removes them`);
  }
  if (found.length === 0 || !options.removeTools) return draft.finish();
  const names = found.map(({ tools }) => tools.name).join(" and ");
  const masked = await hasSystemd(files) ? await maskUnits(draft, files, found, names) : null;
  if (masked === null) await unlinkInitScripts(draft, files, found, names);
  await editModuleLists(draft, files, found, names);
  await planRemoval(draft, context, found, names, masked);
  return draft.finish();
}

function listed({ packages }: InstalledTools): string {
  return packages.length === 0 ? "" : ` (${packages.join(", ")})`;
}

/** Turns units off, with those that systemd makes of init scripts; returns their names. */
async function maskUnits(
  draft: PlanDraft,
  files: GuestFiles,
  found: readonly InstalledTools[],
  names: string,
): Promise<readonly string[]> {
  const present = new Set<string>();
  for (const folder of UNIT_FOLDERS) for (const name of await files.list(folder)) present.add(name);
  for (const name of await files.list(INIT_FOLDER)) present.add(unitName(name));
  const units = found.flatMap(({ tools }) => tools.services.map(unitName)).filter((unit) =>
    present.has(unit)
  );
  for (const unit of units) {
    const path = `${UNIT_FOLDER}/${unit}`;
    const why = `${unit} is a service of ${names} and of no use on KVM.`;
    if (await files.readLink(path) === null) {
      await draft.edit(files, { path, before: await files.readText(path), after: null, why });
    }
    await draft.link(files, path, MASKED, `${why} A link to ${MASKED} keeps it from starting.`);
  }
  return units;
}

/** Turns init scripts off in a guest without systemd: the links of the runlevels go. */
async function unlinkInitScripts(
  draft: PlanDraft,
  files: GuestFiles,
  found: readonly InstalledTools[],
  names: string,
): Promise<void> {
  const services = new Set(found.flatMap(({ tools }) => tools.services));
  for (const folder of RUNLEVELS) {
    for (const name of await files.list(folder)) {
      if (!services.has(/^S\d\d(.+)$/.exec(name)?.[1] ?? "")) continue;
      await draft.link(
        files,
        `${folder}/${name}`,
        null,
        `It starts a service of ${names}, of no use on KVM.`,
      );
    }
  }
}

async function editModuleLists(
  draft: PlanDraft,
  files: GuestFiles,
  found: readonly InstalledTools[],
  names: string,
): Promise<void> {
  const lists = (await files.list(MODULE_LISTS)).filter((name) => name.endsWith(".conf"));
  for (const path of ["/etc/modules", ...lists.map((name) => `${MODULE_LISTS}/${name}`)]) {
    const before = await files.readText(path);
    if (before === null) continue;
    const after = withoutModules(before, found.map(({ tools }) => tools.modules));
    const why = `It loads kernel modules of ${names}, which fail on KVM.`;
    await draft.edit(files, { path, before, after, why });
  }
}

async function planRemoval(
  draft: PlanDraft,
  { files, options }: FixContext,
  found: readonly InstalledTools[],
  names: string,
  masked: readonly string[] | null,
): Promise<void> {
  const manager = await packageManager(files);
  const commands = removalCommands(found, manager, masked ?? []);
  const packages = found.flatMap((one) => one.packages);
  const what = packages.length === 0 ? `the tools of ${names}` : packages.join(", ");
  if (masked === null || commands === null) {
    draft.warn({
      id: "vmware-tools/not-removed",
      severity: "warning",
      message: `The services of ${names} are turned off, but ${what} cannot be removed at the first boot: ${
        masked === null ? "the guest has no systemd" : "no known package manager or uninstaller has them"
      }.`,
      hint: "Remove them in the guest by hand.",
    });
    return;
  }
  const by = [
    ...manager === null ? [] : [manager],
    ...found.flatMap((one) => one.hasUninstaller ? one.tools.uninstaller?.[0] ?? [] : []),
  ].join(" and ");
  const why = `${taskTime(options)} the guest removes ${what} by ${by}; this needs no network.`;
  await planTask(draft, files, {
    name: "remove-guest-tools",
    description: `Remove the guest tools of ${names}`,
    commands,
    network: false,
    why,
  });
  draft.warn({
    id: "vmware-tools/first-boot",
    severity: "information",
    message: `The services of ${names} are turned off now. ${why}`,
    hint:
      "See it with: journalctl -u hyper2kvm-remove-guest-tools. It is tried at every boot until it succeeds.",
  });
}

/** Removes the guest tools of other hypervisors. */
export const vmwareTools: Fix = {
  id: ID,
  title: "Remove the tools of the old hypervisor",
  applies: (guest) => guest.osType === "linux",
  plan,
};
