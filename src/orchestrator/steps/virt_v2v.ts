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
import { applyChanges } from "../../fix/apply.ts";
import type { Fix, FixPlan } from "../../fix/fix.ts";
import { crypttab } from "../../fix/linux/crypttab.ts";
import { crypttabInitramfs } from "../../fix/linux/crypttab_initramfs.ts";
import { planFixes } from "../../fix/plan_fixes.ts";
import { readLuksKeys } from "../../guest/luks_keys.ts";
import { withoutSecrets } from "../../model/change.ts";
import type { OutputDisk } from "../../model/disk.ts";
import { MigrateError } from "../../model/error.ts";
import type { DiscoveredSource } from "../../model/source.ts";
import type { V2VInput } from "../../v2v/input.ts";
import type { V2VDisk } from "../../v2v/source_xml.ts";
import { VirtV2VConverter } from "../virt_v2v_converter.ts";
import { CONVERSION } from "../../run/costs.ts";
import { leaseFor, type Migration, need, type StepResult, vmName } from "../migration.ts";
import { manifestPath, outputPaths } from "../outputs.ts";
import { fixOptions } from "./fix_options.ts";

/**
 * Step `fix` with `--use-v2v`. Only what virt-v2v lacks is fixed before, on the overlays that it reads; a plan shows
 * that, and says that the rest would be left to virt-v2v.
 */
export async function convertWithV2v(migration: Migration): Promise<StepResult> {
  const { job, mode } = migration;
  const isOwn = job.v2v_input === "own";
  const { changes, leftAlone, concerns } = isOwn ? unprepared(migration) : await prepare(migration);
  await need(migration, "session").close();
  const prepared = { changes: withoutSecrets(changes), leftAlone };
  if (mode === "plan") {
    const summary = "left to virt-v2v, which cannot say before what it changes";
    return { found: prepared, concerns, summary };
  }
  const input = isOwn ? ownInput(need(migration, "source")) : overlayDisks(migration);
  const converted = await convert(migration, input, "fix");
  return {
    ...converted,
    found: { ...converted.found, ...prepared },
    concerns: [...concerns, ...converted.concerns ?? []],
  };
}

/** What virt-v2v leaves as it is, though the guest would not boot: it opens encrypted volumes and forgets crypttab. */
const LACKING_IN_V2V: readonly Fix[] = [crypttab, crypttabInitramfs];
const NOTHING_PREPARED: FixPlan = { changes: [], leftAlone: [], concerns: [] };

/** Nothing is fixed in a source that virt-v2v reads by itself. */
function unprepared(migration: Migration): FixPlan {
  const guest = need(migration, "guest");
  if (!crypttabInitramfs.applies(guest)) return NOTHING_PREPARED;
  const message =
    "virt-v2v reads the source by itself, so /etc/crypttab stays as it is: a system in an encrypted " +
    "volume may not boot.";
  const concern = {
    id: "v2v/crypttab",
    severity: "warning",
    message,
    hint: "Leave --v2v-input out.",
  } as const;
  return { ...NOTHING_PREPARED, concerns: [concern] };
}

/** Fixes on the overlays what virt-v2v lacks. */
async function prepare(migration: Migration): Promise<FixPlan> {
  const { job, mode, signal } = migration;
  const guest = need(migration, "guest");
  if (!LACKING_IN_V2V.some((fix) => fix.applies(guest))) return NOTHING_PREPARED;
  const session = need(migration, "session");
  const workDir = await migration.workDir();
  const files = need(migration, "files");
  const context = {
    guest,
    files,
    nics: need(migration, "nics"),
    options: await fixOptions(job),
    workDir,
    signal,
  };
  const skipped = job.skip_fix.filter((id) => LACKING_IN_V2V.some((fix) => fix.id === id));
  const plan = await planFixes(context, LACKING_IN_V2V, skipped);
  if (mode === "convert" && plan.changes.length > 0) {
    await applyChanges(session, plan.changes, { backup: job.backup, mounts: guest.mounts, signal, workDir });
    await session.call("umount_all");
  }
  return plan;
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
