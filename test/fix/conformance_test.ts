/**
 * What every fix must pass, on every sample guest.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Fix, FixOptions, FixPlan } from "../../src/fix/fix.ts";
import { LINUX_FIXES } from "../../src/fix/registry.ts";
import type { Guest } from "../../src/model/guest.ts";
import { applyToMemory } from "../support/apply_to_memory.ts";
import type { MemoryFiles } from "../support/memory_files.ts";
import { contextOf, openSample, SAMPLES } from "../support/sample_guests.ts";

/** What is off by default is held to the same rules: a new option has to be named here, or this does not compile. */
const EVERY_OPTION: Omit<FixOptions, "networkPolicy"> = {
  fstabMode: "stabilize-all",
  initramfs: "augment",
  backup: true,
  removeTools: true,
  installGuestAgent: true,
  resetMachineId: true,
  firstBoot: [{ name: "hello world.sh", text: "#!/bin/sh\necho hello\n" }],
  cloudInit: {
    seed: { userData: "#cloud-config\n{}\n", metaData: {}, networkConfig: "version: 2\n" },
    place: "guest",
  },
};

/** Plans a fix where it applies. */
async function planOf(fix: Fix, files: MemoryFiles, guest: Guest, workDir: string): Promise<FixPlan> {
  if (!fix.applies(guest)) return { changes: [], leftAlone: [], concerns: [] };
  const networkPolicy = fix.id === "network-dhcp" ? "dhcp" : "rename";
  return await fix.plan(contextOf(files, guest, workDir, { ...EVERY_OPTION, networkPolicy }));
}

async function inWorkDir(run: (workDir: string) => Promise<void>): Promise<void> {
  const workDir = await Deno.makeTempDir();
  try {
    await run(workDir);
  } finally {
    await Deno.remove(workDir, { recursive: true });
  }
}

Deno.test("LINUX_FIXES have ids of their own", () => {
  const ids = LINUX_FIXES.map(({ id }) => id);
  assertEquals(ids, [...new Set(ids)]);
});

for (const fix of LINUX_FIXES) {
  for (const sample of SAMPLES) {
    Deno.test(`${fix.id} plans nothing a second time (${sample.name})`, () =>
      inWorkDir(async (workDir) => {
        const { files, guest } = await openSample(sample);
        await applyToMemory(files, (await planOf(fix, files, guest, workDir)).changes);
        assertEquals((await planOf(fix, files, guest, workDir)).changes, []);
      }));

    Deno.test(`${fix.id} records what it does under its id, as plain values (${sample.name})`, () =>
      inWorkDir(async (workDir) => {
        const { files, guest } = await openSample(sample);
        const paths = files.paths();
        const plan = await planOf(fix, files, guest, workDir);
        for (const record of [...plan.changes, ...plan.leftAlone]) assertEquals(record.fix, fix.id);
        for (const change of plan.changes) {
          assert(change.why.length > 10 && change.path.startsWith("/"), JSON.stringify(change));
          if (change.kind === "text") assertEquals(await files.readText(change.path), change.before);
          if (change.kind === "copy") assertEquals(await files.exists(change.path), false);
        }
        assertEquals(JSON.parse(JSON.stringify(plan)), structuredClone(plan));
        assertEquals(files.paths(), paths);
      }));
  }

  Deno.test(`${fix.id} has something to do or to say in at least one sample guest`, () =>
    inWorkDir(async (workDir) => {
      const counts: number[] = [];
      for (const sample of SAMPLES) {
        const { files, guest } = await openSample(sample);
        const { changes, concerns } = await planOf(fix, files, guest, workDir);
        counts.push(fix.id === "unified-kernels" ? concerns.length : changes.length);
      }
      assert(counts.some((count) => count > 0), `${fix.id}: ${counts}`);
    }));
}
