/**
 * What every fix must keep, on a guest in memory: one function a rule, each throws an AssertionError when it is
 * broken.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Fix, FixContext, FixOptions, FixPlan } from "../fix/fix.ts";
import { readBootEntries } from "../guest/boot_entries.ts";
import { readInterfaces } from "../guest/network_map.ts";
import type { GuestFiles } from "../guest/files.ts";
import { planNics } from "../guest/nics.ts";
import type { Guest } from "../model/guest.ts";
import { applyToMemory } from "./apply_to_memory.ts";
import type { MemoryFiles } from "./memory_files.ts";

/** A guest to try a fix on. */
export interface FixSample {
  /** Its files; the rules change them. */
  readonly files: MemoryFiles;
  /** The guest as inspection finds it. */
  readonly guest: Guest;
  /** An empty folder on the host. */
  readonly workDir: string;
  /** Options of the run (default: as they are when nothing is asked for). */
  readonly options?: Partial<FixOptions>;
}

/** The options of the fixes as they are when nothing is asked for, without backups. */
export const DEFAULT_OPTIONS: FixOptions = {
  fstabMode: "stabilize-all",
  initramfs: "augment",
  networkPolicy: "keep",
  backup: false,
  removeTools: false,
  installGuestAgent: false,
  resetMachineId: false,
  firstBoot: [],
  cloudInit: null,
};

/** A Linux guest with the menu, the interfaces and the kernels of its files; members that matter may be given. */
export async function linuxGuest(files: GuestFiles, known: Partial<Guest> = {}): Promise<Guest> {
  const root = known.root ?? "/dev/sda1";
  return {
    osType: "linux",
    root,
    rootReason: "the only root",
    distro: "sample",
    productName: "Sample",
    version: "1",
    arch: "x86_64",
    hostname: "sample",
    filesystems: [],
    mounts: [{ device: root, path: "/" }],
    firmware: "bios",
    kernels: (await files.list("/lib/modules")).map((release) => ({ release, hasModules: true })),
    bootEntries: await readBootEntries(files),
    interfaces: await readInterfaces(files),
    ...known,
  };
}

/** What a fix gets for a sample. */
export function fixContext(
  { files, guest, workDir, options = {} }: Omit<FixSample, "files"> & { readonly files: GuestFiles },
): FixContext {
  return {
    guest,
    files,
    nics: planNics([], guest.interfaces, "sample"),
    options: { ...DEFAULT_OPTIONS, ...options },
    workDir,
    signal: new AbortController().signal,
  };
}

/** Plans a fix where it applies. */
export async function planFix(fix: Fix, sample: FixSample): Promise<FixPlan> {
  if (!fix.applies(sample.guest)) return { changes: [], leftAlone: [], concerns: [] };
  return await fix.plan(fixContext(sample));
}

/** Once its changes are made, a fix plans nothing more. */
export async function assertPlansOnce(fix: Fix, sample: FixSample): Promise<void> {
  await applyToMemory(sample.files, (await planFix(fix, sample)).changes);
  assertEquals((await planFix(fix, sample)).changes, [], `${fix.id} plans changes a second time`);
}

/** Planning writes nothing, and says what it would do under the fix's id, as plain values that fit the files. */
export async function assertPlansPlainly(fix: Fix, sample: FixSample): Promise<void> {
  const { files } = sample;
  const paths = files.paths();
  const plan = await planFix(fix, sample);
  for (const record of [...plan.changes, ...plan.leftAlone]) assertEquals(record.fix, fix.id);
  for (const change of plan.changes) {
    assert(change.why.length > 10 && change.path.startsWith("/"), JSON.stringify(change));
    if (change.kind === "text") assertEquals(await files.readText(change.path), change.before);
    if (change.kind === "copy") assertEquals(await files.exists(change.path), false);
  }
  assertEquals(JSON.parse(JSON.stringify(plan)), structuredClone(plan));
  assertEquals(files.paths(), paths, `${fix.id} writes while it plans`);
}
