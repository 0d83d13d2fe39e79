/**
 * Step `define`: the machine on KVM as a libvirt definition; with `--define` also in libvirt itself.
 *
 * @module
 */
import { defineDomain, writeDefinition } from "../../libvirt/define.ts";
import { domainXml } from "../../libvirt/domain_xml.ts";
import { targetMachine } from "../../libvirt/target.ts";
import { withV2vHardware } from "../../v2v/hardware.ts";
import { type Migration, need, type StepResult } from "../migration.ts";
import { definitionPath } from "../outputs.ts";
import { proofError } from "./prove.ts";

/** Writes the definition; defines it unless the boot proof says that it does not boot. */
export async function define(migration: Migration): Promise<StepResult> {
  const { job, outputDir, signal } = migration;
  const source = need(migration, "source");
  const { machine, concerns } = targetMachine({
    source,
    guest: need(migration, "guest"),
    nics: need(migration, "nics"),
    outputs: need(migration, "outputs"),
    ...(migration.found.seedIso === undefined ? {} : { cdrom: migration.found.seedIso }),
    accelerator: need(migration, "host").accelerator,
    graphics: job.graphics === "vnc",
    defaultNetwork: { kind: "network", name: job.network },
  });
  const { v2vMachine } = migration.found;
  const xml = domainXml(v2vMachine === undefined ? machine : withV2vHardware(machine, v2vMachine));
  const definition = definitionPath(outputDir, source.name);
  await writeDefinition(xml, definition);
  if (!job.define || proofError(migration) !== null) {
    return { found: { definition }, concerns, summary: "written" };
  }
  const networks = machine.nics.filter((nic) => nic.attachment.kind === "network").map((nic) =>
    nic.attachment.name
  );
  const { uri, replace } = job;
  const defined = await defineDomain({ xml, name: source.name, uri, replace, networks, signal });
  return {
    found: { definition, definedOn: uri },
    concerns: [...concerns, ...defined.concerns],
    summary: `defined on ${uri}`,
  };
}
