/**
 * virt-v2v in the pipeline: in place of the built-in fixes (`--use-v2v`, step `fix`), or after them in place of the
 * copy (`--post-v2v`, step `copy`). It reads our overlays, for which it needs no copy of its own: an OVA stays
 * packed, a chain of snapshots stays one, and digests are checked before. `--v2v-input own` lets it read the
 * source by itself.
 *
 * @module
 */
import { attachments } from "../../libvirt/attachments.ts";
import { dirname, join } from "@std/path";
import { sha256OfFile, writeManifest } from "../../disk/checksum.ts";
import { readLuksKeys } from "../../guest/luks_keys.ts";
import type { OutputDisk } from "../../model/disk.ts";
import { MigrateError } from "../../model/error.ts";
import type { DiscoveredSource } from "../../model/source.ts";
import type { V2VInput } from "../../v2v/input.ts";
import type { V2VDisk } from "../../v2v/source_xml.ts";
import { VirtV2VConverter } from "../virt_v2v_converter.ts";
import { CONVERSION } from "../../run/costs.ts";
import { leaseFor, type Migration, need, type StepResult, vmName } from "../migration.ts";
import { manifestPath, outputPaths } from "../outputs.ts";

/** Step `fix` with `--use-v2v`; a plan only says that it would. */
export async function convertWithV2v(migration: Migration): Promise<StepResult> {
  await need(migration, "session").close();
  if (migration.mode === "plan") {
    return { found: {}, summary: "left to virt-v2v, which cannot say before what it changes" };
  }
  const source = need(migration, "source");
  const input = migration.job.v2v_input === "own" ? ownInput(source) : overlayDisks(migration);
  return await convert(migration, input, "fix");
}

/** Step `copy` with `--post-v2v`: what the built-in fixes left on the overlays goes through virt-v2v. */
export async function convertFixedWithV2v(migration: Migration): Promise<StepResult> {
  return await convert(migration, overlayDisks(migration), "copy");
}

async function convert(
  migration: Migration,
  input: readonly V2VDisk[] | V2VInput,
  stage: "fix" | "copy",
): Promise<StepResult> {
  const { job, outputDir, signal, emit } = migration;
  const source = need(migration, "source");
  const guest = need(migration, "guest");
  const encrypted = guest.filesystems.filter(({ type }) => type === "crypto_LUKS").map(({ device }) =>
    device
  );
  const converter = new VirtV2VConverter({ accelerator: need(migration, "host").accelerator, emit, signal });
  const keys = await readLuksKeys(job.luks_key);
  await migration.found.sourceCheck?.passed();
  using _lease = await leaseFor(migration, stage, CONVERSION);
  const result = await converter.convert(input, {
    ...{ source, keys, encrypted, stage, format: job.format, extraArgs: job.v2v_arg, retries: job.retries },
    nics: need(migration, "nics"),
    network: attachments(job.network, job.bridge).defaultNetwork ?? { kind: "network", name: "default" },
    outputs: outputPaths(outputDir, source, job),
    logPath: join(outputDir, "logs", `${vmName(migration)}-virt-v2v.log`),
    ...(job.root === undefined ? {} : { root: guest.root }),
    ...(job.compress === undefined ? {} : { compress: job.compress }),
    ...(job.v2v_timeout === undefined ? {} : { timeoutMs: job.v2v_timeout * 1000 }),
  });
  const outputs = job.checksum ? await hashed(migration, result.outputs) : result.outputs;
  return {
    found: { outputs, v2vMachine: result.machine },
    concerns: result.concerns,
    summary: `virt-v2v ${result.version}`,
  };
}

/** The disks with their SHA-256, and the manifest beside them. */
async function hashed(
  migration: Migration,
  disks: readonly OutputDisk[],
): Promise<readonly OutputDisk[]> {
  const outputs: OutputDisk[] = [];
  for (const disk of disks) {
    outputs.push({ ...disk, sha256: await sha256OfFile(disk.path, migration.signal) });
  }
  await writeManifest(manifestPath(migration.outputDir, vmName(migration)), outputs);
  return outputs;
}

/** The overlays, each where the disk sat. */
function overlayDisks(migration: Migration): V2VDisk[] {
  return need(migration, "overlays").map(({ path, source: { controller } }) => ({
    path,
    format: "qcow2",
    ...(controller === undefined ? {} : { controller }),
  }));
}

/** The kinds of source that virt-v2v reads by itself. */
const OWN_INPUTS: Readonly<Record<string, "ova" | "vmx" | "libvirtxml">> = {
  "ova": "ova",
  "ovf": "ova",
  "vmx": "vmx",
  "libvirt-xml": "libvirtxml",
};

/**
 * The source as virt-v2v's own input.
 *
 * @throws {MigrateError} `usage/bad-value` for a kind that it has no input for
 */
export function ownInput({ kind, location }: DiscoveredSource): V2VInput {
  const own = OWN_INPUTS[kind];
  if (own !== undefined && !location.includes("://")) {
    // Of an unpacked OVA it wants the folder.
    return { kind: own, path: kind === "ovf" ? dirname(location) : location };
  }
  throw new MigrateError("usage/bad-value", `Cannot let virt-v2v read ${location}: it has no input for it.`, {
    hint: `Leave --v2v-input out; virt-v2v reads ${Object.keys(OWN_INPUTS).join(", ")} by itself.`,
  });
}
