/**
 * Step `define`: the machine on KVM as a libvirt definition; with `--define` also in libvirt itself.
 *
 * @module
 */
import { writeDefinition } from "../../libvirt/define.ts";
import { callLibvirt } from "../../libvirt/calls.ts";
import { domainXml } from "../../libvirt/domain_xml.ts";
import { placeMachine } from "../../libvirt/place_machine.ts";
import { DEFAULT_URI, withAuthFile } from "../../libvirt/uri.ts";
import { type Migration, need, type StepResult, vmName } from "../migration.ts";
import { finalMachine } from "../final_machine.ts";
import { definitionPath } from "../outputs.ts";
import { proofError } from "./prove.ts";

/** Writes the definition; defines it unless the boot proof says that it does not boot. */
export async function define(migration: Migration): Promise<StepResult> {
  const { job, outputDir, signal, emit } = migration;
  const source = need(migration, "source");
  const outputs = need(migration, "outputs");
  const { machine, concerns } = finalMachine(migration);
  const definition = definitionPath(outputDir, source.name);
  const isProved = proofError(migration) === null;
  if (!isProved && job.undefine_on_failure) await undefine(migration);
  // In any case: with it a person can go on where libvirt refuses.
  await writeDefinition(domainXml(machine), definition);
  if (!(job.keep_domain || (isProved && job.define))) {
    return { found: { definition }, concerns, summary: "written" };
  }
  const placed = await placeMachine({
    ...{ machine, disks: outputs, definition, job, signal },
    onProgress: (disk, doneBytes, totalBytes) =>
      emit({ type: "progress", vm: vmName(migration), stage: "define", disk, doneBytes, totalBytes }),
  });
  return {
    found: { definition, definedOn: placed.uri },
    concerns: [...concerns, ...placed.concerns],
    summary: `defined on ${placed.uri}`,
  };
}

/** Removes what an earlier run has defined of these disks. */
async function undefine(migration: Migration): Promise<void> {
  const { job, signal } = migration;
  const disks = need(migration, "outputs").map(({ path }) => path);
  const uri = withAuthFile(job.uri ?? DEFAULT_URI, job.uri_auth);
  await callLibvirt("undefine", { uri, name: need(migration, "source").name, disks }, { signal });
}
