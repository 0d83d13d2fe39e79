/**
 * Command `vsphere`: what a vCenter or ESXi host has, and machines out of it.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import { suggest } from "../config/suggest.ts";
import type { VsphereSession } from "../source/vsphere/session.ts";
import { type Session, withSession } from "./session.ts";
import { sessionOptions } from "./vsphere_login.ts";
import { printResult, requireVm, selected, withNamedVms } from "./vsphere_selected.ts";

type Action = (vsphere: VsphereSession, session: Session) => Promise<number>;

const ACTIONS: Readonly<Record<string, Action>> = {
  list,
  show,
  tree,
  export: async (vsphere, session) => await (await import("./vsphere_export.ts")).exportVms(vsphere, session),
  sync: async (vsphere, session) => await (await import("./vsphere_warm.ts")).sync(vsphere, session),
  cutover: async (vsphere, session) => await (await import("./vsphere_warm.ts")).cutover(vsphere, session),
  deploy: async (vsphere, session) => await (await import("./vsphere_deploy.ts")).deploy(vsphere, session),
  cleanup: async (vsphere, session) => await (await import("./vsphere_cleanup.ts")).cleanup(vsphere, session),
};

/** Runs one of the actions inside a session on the server; it is always logged out. */
export async function run(args: readonly string[]): Promise<number> {
  const [name = "", ...options] = args;
  const action = ACTIONS[name];
  if (action === undefined) throw noAction(name);
  const command = name === "sync" || name === "cutover" ? name : "vsphere"; // the two with options of their own
  return await withSession(command, withNamedVms(options), async (session) => {
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
  const { concernsOf } = await import("../source/vsphere/machines/concerns.ts");
  const { chooseMode } = await import("../source/vsphere/modes/choose.ts");
  const { MODES } = await import("../source/vsphere/modes/table.ts");
  const { mode, shutdown } = session.job;
  const shutsDown = shutdown !== "none";
  const { renderDetails } = await import("./vsphere_page.ts");
  const details = (await readDetails(vsphere, inventory, vms)).map((vm) => ({
    ...vm,
    concerns: concernsOf(vm, {
      carries: MODES[mode === "auto" ? chooseMode(vm, shutsDown).mode : mode].carries,
      shutsDown,
    }),
  }));
  printResult(session, details, (page) => details.map((vm) => renderDetails(vm, page)).join("\n"));
  return 0;
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
