/** Downloads of single files out of the vCenter simulator's datastore. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { exists } from "../../src/run/files.ts";
import { Datastores } from "../../src/source/vsphere/datastore.ts";
import { download, fetchRanges } from "../../src/source/vsphere/transfer/download.ts";
import { type SessionOptions, VsphereSession } from "../../src/source/vsphere/session.ts";
import { sha256 } from "../support/images.ts";
import { FLAT, MIB, vsphereTest as test } from "../support/vsphere_bed.ts";

test("download() leaves a connection that stalls", async ({ folder, sim, disks }) => {
  await sim.order({ Method: "FOLDER", Action: "slow", After: 1_000, Skip: 3 });
  await using session = await sim.session();
  const target = folder.file("disk.vmdk");
  await download(new Datastores(session, "DC0"), FLAT, target, { streams: 2, signal: session.signal });
  assertEquals(await sha256(target), await sha256(disks[0]!));
});

const TRUSTS: Readonly<Record<string, (options: SessionOptions) => SessionOptions>> = {
  "an authority": (options) => options,
  anything: (options) => ({ ...options, trust: { kind: "insecure" } }),
};
// Each way to trust has its own way to download.
for (const [name, trusting] of Object.entries(TRUSTS)) {
  test(`download() that trusts ${name} notices at once that a connection was cut`, async (bed) => {
    const { folder, sim, disks } = bed;
    await sim.order({ Method: "FOLDER", Action: "cut", After: 300_000, Skip: 1, Count: 8 });
    // Who waited for the stall limit would wait for an hour.
    const options = trusting(await sim.sessionOptions(AbortSignal.timeout(60_000)));
    await using session = await VsphereSession.open({ ...options, stallMs: 3_600_000 });
    const target = folder.file("disk.vmdk");
    await download(new Datastores(session, "DC0"), FLAT, target, { streams: 2, signal: session.signal });
    assertEquals(await sha256(target), await sha256(disks[0]!));
  });
}

test("download() refuses a file whose length is not what was said", async ({ folder, sim }) => {
  await using session = await sim.session();
  const datastores = new Datastores(session, "DC0");
  const { sizeBytes, version } = await datastores.stat(FLAT);
  const wrong = { file: FLAT, remote: { sizeBytes: sizeBytes + 512, version } };
  const sink = { write: () => Promise.resolve() };
  const options = { streams: 1, signal: session.signal };
  const read = () => fetchRanges(datastores, wrong, [[0, 4096]], sink, options);
  assertEquals((await assertRejects(read, MigrateError, "changed")).code, "source/damaged");
  await sim.order({ Method: "FOLDER", Action: "longer" });
  const target = folder.file("disk.vmdk");
  const whole = () => download(datastores, FLAT, target, { streams: 1, signal: session.signal });
  assertEquals((await assertRejects(whole, MigrateError)).code, "source/damaged");
  assertEquals(await folder.names().then((names) => names.includes("disk.vmdk")), false);
});

test("download() asks a second time for exactly what is missing", async ({ folder, sim, disks }) => {
  const target = folder.file("disk.vmdk");
  const stop = new AbortController();
  await sim.order({ Method: "FOLDER", Action: "slow", After: 16 * MIB, Count: 99 });
  {
    await using session = await sim.session(stop.signal);
    const onProgress = (done: number): void => done > 20 * MIB ? stop.abort() : undefined;
    const stopped = download(new Datastores(session, "DC0"), FLAT, target, {
      streams: 2,
      signal: stop.signal,
      onProgress,
    });
    assertEquals((await assertRejects(() => stopped, MigrateError)).code, "run/cancelled");
  }
  const note = JSON.parse(await Deno.readTextFile(`${target}.ranges`)) as { ranges: [number, number][] };
  const there = note.ranges.reduce((sum, [start, end]) => sum + end - start, 0);
  assert(there > 20 * MIB);
  await new Promise((resolve) => setTimeout(resolve, 500)); // the server notices that nobody listens
  await sim.order({ Method: "", Action: "clear" });
  await using session = await sim.session();
  await download(new Datastores(session, "DC0"), FLAT, target, { streams: 2, signal: session.signal });
  assertEquals((await sim.counts()).sent["FOLDER"], 64 * MIB - there);
  assertEquals(await sha256(target), await sha256(disks[0]!));
});

for (const [name, Skip] of Object.entries({ "before the last piece": 2, "during the last piece": 3 })) {
  test(`download() never mixes two versions of a file, changed ${name}`, async ({ folder, sim }) => {
    await sim.order({ Method: "FOLDER", Action: "touch", Skip });
    await using session = await sim.session();
    const datastores = new Datastores(session, "DC0");
    const target = folder.file("disk.vmdk");
    const run = () => download(datastores, FLAT, target, { streams: 1, signal: session.signal });
    const error = await assertRejects(run, MigrateError, "changed");
    assertEquals(error.code, "source/damaged");
    assertEquals(await exists(target), false);
    await sim.order({ Method: "", Action: "clear" });
    await run();
    assertEquals((await sim.counts()).sent["FOLDER"], 64 * MIB);
  });
}
