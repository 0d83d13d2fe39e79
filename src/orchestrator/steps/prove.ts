/**
 * Step `prove`: the result boots, from a throw-away overlay.
 *
 * @module
 */
import { readLuksKeys, typedKeys } from "../../guest/luks_keys.ts";
import { isLocalUri, withAuthFile } from "../../libvirt/uri.ts";
import { MigrateError } from "../../model/error.ts";
import { proveBoot } from "../../verify/boot.ts";
import { rebaseProbeOverlays } from "../../verify/probe_overlay.ts";
import { bootCost } from "../../run/costs.ts";
import { leaseFor, type Migration, need, type StepResult, vmName } from "../migration.ts";
import { probeOfFinished } from "./probe_of_finished.ts";
import { finalMachine } from "../final_machine.ts";
import { evidencePath } from "../outputs.ts";

/**
 * Boots the outputs and records what was seen. The verdict is judged by {@linkcode proofError} when the
 * definition has been written, so that a person can look into a guest that does not come up.
 */
export async function prove(migration: Migration): Promise<StepResult> {
  const { job, outputDir, signal, emit } = migration;
  const guest = need(migration, "guest");
  const host = need(migration, "host");
  const outputs = need(migration, "outputs");
  const made = migration.found.probe;
  if (made !== undefined) await rebaseProbeOverlays(made.overlays, outputs, signal);
  const probe = made ?? await probeOfFinished(migration);
  const { machine } = finalMachine(migration);
  const { cpus, memoryBytes, firmware, nics } = machine;
  using _lease = await leaseFor(migration, "prove", bootCost(cpus, memoryBytes));
  const proof = await proveBoot({
    vm: vmName(migration),
    disks: outputs,
    ...(probe ?? {}),
    bus: machine.disks[0]?.bus ?? "virtio",
    firmware,
    osType: guest.osType,
    cpus,
    memoryMiB: memoryBytes / 1024 ** 2,
    nics,
    passphrases: await typedKeys(await readLuksKeys(job.luks_key)),
    ...localLibvirt(job),
    accelerator: host.accelerator,
    evidenceDir: evidencePath(outputDir),
    workDir: await migration.workDir(),
    signal,
    emit,
    ...(job.boot_timeout === undefined ? {} : { timeoutMs: job.boot_timeout * 1000 }),
  });
  return { found: { proof }, summary: proof.summary };
}

/** The libvirt that was named, where it is one that sees these disks; else qemu runs the proof. */
function localLibvirt({ uri, uri_auth }: Migration["job"]): { readonly uri?: string } {
  return uri !== undefined && isLocalUri(uri) ? { uri: withAuthFile(uri, uri_auth) } : {};
}

/** Nobody answers a question that is only on the screen. */
const ASKS_ELSEWHERE =
  "If the screen asks for a passphrase: that can be typed on a serial console only (console=ttyS0), or give --no-boot-proof.";

/** The error for a guest that was not shown to boot; null when it was. */
export function proofError(migration: Migration): MigrateError | null {
  const proof = migration.found.proof;
  if (proof === undefined || proof.verdict === "booted") return null;
  const code = proof.verdict === "failed" ? "prove/failed" : "prove/unclear";
  const isEncrypted = migration.found.guest?.filesystems.some(({ within }) => within !== undefined) === true;
  const look = `Look at the console log and the screenshot in ${evidencePath(migration.outputDir)}.`;
  return new MigrateError(code, `Cannot prove that ${vmName(migration)} boots: ${proof.summary}`, {
    stage: "prove",
    hint: isEncrypted ? `${look} ${ASKS_ELSEWHERE}` : look,
  });
}
