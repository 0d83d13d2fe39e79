/**
 * What every fix must pass, on every sample guest.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { assertPlansOnce, assertPlansPlainly, type FixSample, planFix } from "../../src/conformance/fix.ts";
import type { Fix, FixOptions } from "../../src/fix/fix.ts";
import { LINUX_FIXES } from "../../src/fix/registry.ts";
import { openSample, type Sample, SAMPLES } from "../support/sample_guests.ts";

/** What is off by default is held to the same rules: a new option has to be named here, or this does not compile. */
const EVERY_OPTION: Omit<FixOptions, "networkPolicy"> = {
  fstabMode: "stabilize-all",
  initramfs: "augment",
  initramfsMadeAnew: true,
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

/** A sample with every option on. */
async function sampleFor(fix: Fix, sample: Sample, workDir: string): Promise<FixSample> {
  const networkPolicy = fix.id === "network-dhcp" ? "dhcp" : "rename";
  return { ...await openSample(sample), workDir, options: { ...EVERY_OPTION, networkPolicy } };
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
      inWorkDir(async (workDir) => await assertPlansOnce(fix, await sampleFor(fix, sample, workDir))));

    Deno.test(`${fix.id} records what it does under its id, as plain values (${sample.name})`, () =>
      inWorkDir(async (workDir) => await assertPlansPlainly(fix, await sampleFor(fix, sample, workDir))));
  }

  Deno.test(`${fix.id} has something to do or to say in at least one sample guest`, () =>
    inWorkDir(async (workDir) => {
      const counts: number[] = [];
      for (const sample of SAMPLES) {
        const { changes } = await planFix(fix, await sampleFor(fix, sample, workDir));
        counts.push(changes.length);
      }
      assert(counts.some((count) => count > 0), `${fix.id}: ${counts}`);
    }));
}
