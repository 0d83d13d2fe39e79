/**
 * Command `vsphere`: what a vCenter or ESXi host has, and machines out of it.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import { suggest } from "../config/suggest.ts";
import type { Inventory } from "../source/vsphere/inventory.ts";
import type { VsphereSession } from "../source/vsphere/session.ts";
import type { VmSummary } from "../source/vsphere/vm.ts";
import { type Page, pageFor } from "../report/page.ts";
import { print } from "./output.ts";
import { type Session, withSession } from "./session.ts";
import { sessionOptions } from "./vsphere_login.ts";

type Action = (vsphere: VsphereSession, session: Session) => Promise<number>;

const ACTIONS: Readonly<Record<string, Action>> = { list, show, tree, export: exportVms };

/** Runs one of the actions inside a session on the server; it is always logged out. */
export async function run(args: readonly string[]): Promise<number> {
  const [name = "", ...rest] = args;
  const action = ACTIONS[name];
  if (action === undefined) throw noAction(name);
  return await withSession("vsphere", rest, async (session) => {
    const options = await sessionOptions(session);
    const { VsphereSession } = await import("../source/vsphere/session.ts");
    await using vsphere = await VsphereSession.open(options);
    return await action(vsphere, session);
  });
}

async function list(vsphere: VsphereSession, session: Session): Promise<number> {
  const { vms } = await selected(vsphere, session);
  const { renderList } = await import("./vsphere_page.ts");
  printResult(session, vms, (page) => renderList(vms, page));
  return 0;
}

async function tree(vsphere: VsphereSession, session: Session): Promise<number> {
  const { vms } = await selected(vsphere, session);
  const { renderTree, treeOf } = await import("./vsphere_page.ts");
  printResult(session, treeOf(vms), (page) => renderTree(vms, page));
  return 0;
}

async function show(vsphere: VsphereSession, session: Session): Promise<number> {
  requireVm("show", session);
  const { inventory, vms } = await selected(vsphere, session);
  const { readDetails } = await import("../source/vsphere/inventory.ts");
  const { concernsOf } = await import("../source/vsphere/concerns.ts");
  const { chooseMode } = await import("../source/vsphere/modes/choose.ts");
  const { MODES } = await import("../source/vsphere/modes/table.ts");
  const { mode } = session.job;
  const { renderDetails } = await import("./vsphere_page.ts");
  const details = (await readDetails(vsphere, inventory, vms)).map((vm) => ({
    ...vm,
    concerns: concernsOf(vm, {
      carries: MODES[mode === "auto" ? chooseMode(vm, false).mode : mode].carries,
      shutsDown: false,
    }),
  }));
  printResult(session, details, (page) => details.map((vm) => renderDetails(vm, page)).join("\n"));
  return 0;
}

async function exportVms(vsphere: VsphereSession, session: Session): Promise<number> {
  requireVm("export", session);
  const { job, signal, emit, redactor } = session;
  if (job.output === undefined) {
    throw new MigrateError("usage/missing-argument", "Cannot export: no output folder is given.", {
      hint: "Name one: -o DIR",
    });
  }
  const { VsphereExporter } = await import("../orchestrator/vsphere_exporter.ts");
  const exporter = new VsphereExporter({
    session: vsphere,
    vms: job.vm,
    outputDir: job.output,
    mode: job.mode,
    job,
    vmsAtOnce: VMS_AT_ONCE,
    force: job.force,
    signal,
    emit,
  });
  const results = await exporter.exportMany();
  session.endProgress();
  const { exportJson, exportStatus, renderExports } = await import("./vsphere_page.ts");
  printResult(session, redactor.value(exportJson(results)), (page) => renderExports(results, page));
  return exportStatus(results);
}

/** As many as an ESXi host should send at once: its NFC service has room for few. */
const VMS_AT_ONCE = 4;

async function selected(
  vsphere: VsphereSession,
  { job }: Session,
): Promise<{ inventory: Inventory; vms: readonly VmSummary[] }> {
  const { readInventory } = await import("../source/vsphere/inventory.ts");
  const { selectVms } = await import("../source/vsphere/selection.ts");
  const inventory = await readInventory(vsphere);
  return { inventory, vms: selectVms(inventory.vms, job.vm) };
}

function printResult({ job, page, redactor }: Session, value: unknown, render: (page: Page) => string): void {
  if (job.json) print(`${JSON.stringify(redactor.value(value), null, 2)}\n`);
  else if (!job.quiet) print(render(pageFor(page)));
}

function requireVm(action: string, { job }: Session): void {
  if (job.vm.length > 0) return;
  throw new MigrateError("usage/missing-argument", `Cannot ${action}: no VM is named.`, {
    hint: "Name one with --vm; --vm '*' is all of them.",
  });
}

function noAction(name: string): MigrateError {
  const actions = Object.keys(ACTIONS);
  const near = suggest(name, actions);
  const reason = name === "" || name.startsWith("-")
    ? "an action comes first"
    : `there is no action "${name}"`;
  return new MigrateError("usage/missing-argument", `Cannot run vsphere: ${reason}.`, {
    hint: near === undefined ? `Actions: ${actions.join(", ")}.` : `Did you mean ${near}?`,
  });
}
