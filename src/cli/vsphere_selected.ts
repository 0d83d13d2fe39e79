/**
 * What the actions of `vsphere` share: the machines that are selected, and how results are printed.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import { type Page, pageFor } from "../report/page.ts";
import type { Inventory } from "../source/vsphere/inventory.ts";
import type { VsphereSession } from "../source/vsphere/session.ts";
import type { VmSummary } from "../source/vsphere/machines/vm.ts";
import { print } from "./output.ts";
import type { Session } from "./session.ts";

/** The inventory, and of its machines those that `--vm` selects. */
export async function selected(
  vsphere: VsphereSession,
  { job }: Session,
): Promise<{ inventory: Inventory; vms: readonly VmSummary[] }> {
  const { readInventory } = await import("../source/vsphere/inventory.ts");
  const { selectVms } = await import("../source/vsphere/machines/selection.ts");
  const inventory = await readInventory(vsphere);
  return { inventory, vms: selectVms(inventory.vms, job.vm) };
}

/** Prints a result as JSON, or as a page unless the run is quiet. */
export function printResult(
  { job, page, redactor }: Session,
  value: unknown,
  render: (page: Page) => string,
): void {
  if (job.json) print(`${JSON.stringify(redactor.value(value), null, 2)}\n`);
  else if (!job.quiet) print(render(pageFor(page)));
}

/**
 * Refuses to work on every machine by mistake.
 *
 * @throws {MigrateError} `usage/missing-argument`
 */
export function requireVm(action: string, { job }: Session): void {
  if (job.vm.length > 0) return;
  throw new MigrateError("usage/missing-argument", `Cannot ${action}: no VM is named.`, {
    hint: "Name one with --vm; --vm '*' is all of them.",
  });
}

/**
 * The output folder.
 *
 * @throws {MigrateError} `usage/missing-argument`
 */
export function requireOutput(action: string, { job }: Session): string {
  if (job.output !== undefined) return job.output;
  throw new MigrateError("usage/missing-argument", `Cannot ${action}: no output folder is given.`, {
    hint: "Name one: -o DIR",
  });
}

/** Machines that stand right after the action are those of `--vm`. */
export function withNamedVms(args: readonly string[]): string[] {
  const end = args.findIndex((one) => one.startsWith("-"));
  const names = end === -1 ? args : args.slice(0, end);
  return [...names.flatMap((name) => ["--vm", name]), ...args.slice(names.length)];
}
