/**
 * Action `deploy` of `vsphere`: VMware's ovftool makes a machine of an OVA, as the Python hyper2kvm has it do.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import type { VsphereSession } from "../source/vsphere/session.ts";
import { print } from "./output.ts";
import type { Session } from "./session.ts";

/** Deploys, and says so. */
export async function deploy(vsphere: VsphereSession, { job, signal }: Session): Promise<number> {
  const { ova: source, deploy_to: target, vm, deploy_datastore: datastore, ovftool_arg: extraArgs } = job;
  if (source === undefined) throw missing("--ova FILE");
  if (target === undefined) throw missing("--deploy-to PATH");
  const { ovftoolDeployArgs } = await import("../source/vsphere/ovftool.ts");
  const { runOvftool } = await import("../source/vsphere/modes/ovftool.ts");
  const { login } = vsphere;
  const args = ovftoolDeployArgs({ login, source, target, name: vm[0], datastore, extraArgs });
  await runOvftool(args, login.password, signal, () => {});
  if (!job.quiet) print(`Deployed ${source} to ${target}.\n`);
  return 0;
}

function missing(option: string): MigrateError {
  return new MigrateError("usage/missing-argument", `Cannot deploy: ${option} is missing.`, {
    hint: "hyper2kvm vsphere deploy --ova web.ova --deploy-to /DC0/host/cluster [--vm NAME] …",
  });
}
