/**
 * The machine on KVM that a migration ends with: what is booted, and what is defined.
 *
 * @module
 */
import { machineRequest } from "../libvirt/machine_request.ts";
import { type Target, targetMachine } from "../libvirt/target.ts";
import { withV2vHardware } from "../v2v/hardware.ts";
import { type Migration, need } from "./migration.ts";

/** Makes it from what the steps have found and what the options say. */
export function finalMachine(migration: Migration): Target {
  const { job, found } = migration;
  const { machine, concerns } = targetMachine({
    ...machineRequest(job),
    source: need(migration, "source"),
    guest: need(migration, "guest"),
    nics: need(migration, "nics"),
    outputs: need(migration, "outputs"),
    ...(found.seedIso === undefined ? {} : { cdrom: found.seedIso }),
    accelerator: need(migration, "host").accelerator,
  });
  const { v2vMachine } = found;
  return { machine: v2vMachine === undefined ? machine : withV2vHardware(machine, v2vMachine), concerns };
}
