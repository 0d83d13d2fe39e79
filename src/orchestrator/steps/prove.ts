/**
 * Step `prove`: the result boots, from a throw-away overlay.
 *
 * @module
 */
import { bootDefaults } from "../../libvirt/target.ts";
import { MigrateError } from "../../model/error.ts";
import { proveBoot } from "../../verify/boot.ts";
import { v2vBus, v2vFirmware } from "../../v2v/hardware.ts";
import { rebaseProbeOverlays } from "../../verify/probe_overlay.ts";
import { bootCost } from "../../run/costs.ts";
import { leaseFor, type Migration, need, type StepResult, vmName } from "../migration.ts";
import { probeOfFinished } from "./probe_of_finished.ts";
import { evidencePath } from "../outputs.ts";

/**
 * Boots the outputs and records what was seen. The verdict is judged by {@linkcode proofError} when the
 * definition has been written, so that a person can look into a guest that does not come up.
 */
export async function prove(migration: Migration): Promise<StepResult> {
  const { job, outputDir, signal, emit } = migration;
  const guest = need(migration, "guest");
  const source = need(migration, "source");
  const host = need(migration, "host");
  const outputs = need(migration, "outputs");
  const made = migration.found.probe;
  if (made !== undefined) await rebaseProbeOverlays(made.overlays, outputs, signal);
  const probe = made ?? await probeOfFinished(migration);
  const { v2vMachine } = migration.found;
  const { cpus, memoryBytes, firmware } = bootDefaults(source, guest);
  using _lease = await leaseFor(migration, "prove", bootCost(cpus, memoryBytes));
  const proof = await proveBoot({
    vm: vmName(migration),
    disks: outputs,
    ...(probe ?? {}),
    bus: v2vMachine !== undefined ? v2vBus(v2vMachine, 0) : guest.osType === "linux" ? "virtio" : "sata",
    firmware: v2vMachine === undefined ? firmware : v2vFirmware(firmware, v2vMachine),
    cpus,
    memoryMiB: memoryBytes / 1024 ** 2,
    nics: need(migration, "nics"),
    accelerator: host.accelerator,
    evidenceDir: evidencePath(outputDir),
    workDir: await migration.workDir(),
    signal,
    emit,
    ...(job.boot_timeout === undefined ? {} : { timeoutMs: job.boot_timeout * 1000 }),
  });
  return { found: { proof }, summary: proof.summary };
}

/** The error for a guest that was not shown to boot; null when it was. */
export function proofError(migration: Migration): MigrateError | null {
  const proof = migration.found.proof;
  if (proof === undefined || proof.verdict === "booted") return null;
  const code = proof.verdict === "failed" ? "prove/failed" : "prove/unclear";
  return new MigrateError(code, `Cannot prove that ${vmName(migration)} boots: ${proof.summary}`, {
    stage: "prove",
    hint: `Look at the console log and the screenshot in ${evidencePath(migration.outputDir)}.`,
  });
}
