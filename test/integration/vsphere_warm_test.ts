/** Warm migration against the vCenter simulator: the copy follows the guest's writes, also after kills. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Concern } from "../../src/model/concern.ts";
import { MigrateError } from "../../src/model/error.ts";
import { readDetails, readInventory } from "../../src/source/vsphere/inventory.ts";
import type { VsphereSession } from "../../src/source/vsphere/session.ts";
import type { VmDetails } from "../../src/source/vsphere/machines/vm.ts";
import { pause } from "../../src/source/vsphere/http/transport.ts";
import { ChildGroup } from "../../src/run/command.ts";
import { runCli } from "../support/cli.ts";
import { readState } from "../../src/source/vsphere/warm/state.ts";
import {
  type SyncOptions,
  type SyncResult,
  syncRound,
  warmConcerns,
} from "../../src/source/vsphere/warm/sync.ts";
import { sha256 } from "../support/images.ts";
import { type Bed, MIB, VM, vsphereTest as test } from "../support/vsphere_bed.ts";

const ON = { on: true };

async function details(session: VsphereSession): Promise<VmDetails> {
  const inventory = await readInventory(session);
  return (await readDetails(session, inventory, inventory.vms.filter((vm) => vm.name === VM)))[0]!;
}

async function round(
  session: VsphereSession,
  { folder }: Bed,
  options: Partial<SyncOptions> = {},
): Promise<SyncResult> {
  return await syncRound(session, await details(session), folder.file("copy"), {
    streams: 4,
    quiesce: false,
    restart: false,
    signal: session.signal,
    onConcern: () => {},
    onProgress: () => {},
    ...options,
  });
}

/** The guest writes, and so do the images that the copy is compared with. */
async function writes(
  { sim, disks }: Bed,
  disk: number,
  offset: number,
  length: number,
  value: number,
): Promise<void> {
  await sim.guestWrites(disk, offset, length, value);
  using raw = await Deno.open(disks[disk]!, { write: true });
  await raw.seek(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length).fill(value);
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await raw.write(rest));
}

async function assertFollowed({ folder, disks }: Bed): Promise<void> {
  const copies = [folder.file("copy/copy.raw"), folder.file("copy/copy-2.raw")];
  assertEquals(await Promise.all(copies.map(sha256)), await Promise.all(disks.map(sha256)));
}

test("syncRound() copies what is used, and then only what changed", async (bed) => {
  await using session = await bed.sim.session();
  const first = await round(session, bed);
  await assertFollowed(bed);
  assert(first.round.movedBytes < 8 * MIB, "holes are not read");
  await writes(bed, 0, 20 * MIB, 2 * MIB, 7);
  await writes(bed, 0, 0, 8192, 0);
  await writes(bed, 1, 4 * MIB, MIB, 9);
  for (let at = 0; at < 9; at++) await writes(bed, 0, (30 + 2 * at) * MIB, 8192, 1 + at);
  const second = await round(session, bed);
  await assertFollowed(bed);
  assertEquals(second.round.movedBytes, 3 * MIB + 10 * 8192);
  assertEquals((await round(session, bed)).round.movedBytes, 0);
  assertEquals((await details(session)).snapshots, []);
  assertEquals((await readState(bed.folder.file("copy")))!.rounds.length, 3);
}, ON);

test("syncRound() compares block by block where changes are not tracked", async (bed) => {
  await using session = await bed.sim.session();
  const concerns: Concern[] = [];
  await round(session, bed, { onConcern: (one) => concerns.push(one) });
  assertEquals(concerns, []);
  await writes(bed, 0, 20 * MIB, 64 * 1024, 7);
  const { round: second } = await round(session, bed, { onConcern: (one) => concerns.push(one) });
  await assertFollowed(bed);
  assertEquals([second.movedBytes, second.writtenBytes], [72 * MIB, 64 * 1024]);
  assertEquals(concerns.map((one) => one.id), ["vsphere/change-tracking", "vsphere/change-tracking"]);
}, { ...ON, cbt: false });

test("syncRound() reads everything again when change tracking was reset", async (bed) => {
  await using session = await bed.sim.session();
  await round(session, bed);
  await bed.sim.order({ Method: "", Action: "reset" });
  await writes(bed, 0, 20 * MIB, 64 * 1024, 7);
  const { round: second } = await round(session, bed);
  await assertFollowed(bed);
  assertEquals([second.movedBytes, second.writtenBytes], [72 * MIB, 64 * 1024]);
  await writes(bed, 0, 20 * MIB, 8192, 8);
  assertEquals((await round(session, bed)).round.movedBytes, 8192);
  await assertFollowed(bed);
}, ON);

test(
  "syncRound() goes on with what a stopped round has not moved, and with what changed since",
  async (bed) => {
    for (let at = 0; at < 5; at++) await writes(bed, 0, (4 + 10 * at) * MIB, 9 * MIB, 1 + at);
    await bed.sim.order({ Method: "FOLDER", Action: "status", Status: 404, Skip: 7, Count: 99 });
    await using session = await bed.sim.session();
    await assertRejects(() => round(session, bed, { streams: 1 }), MigrateError, "no such file");
    await bed.sim.order({ Method: "", Action: "clear" });
    const before = (await readState(bed.folder.file("copy")))!.disks[0]!;
    const missing = before.missing.reduce((sum, [start, end]) => sum + end - start, 0);
    assert(missing > 0 && missing < 45 * MIB, `${missing} bytes were missing`);
    await writes(bed, 0, 4 * MIB, MIB, 77);
    const { round: second } = await round(session, bed);
    await assertFollowed(bed);
    assert(
      second.movedBytes < missing + 2 * MIB + 4 * MIB,
      `${second.movedBytes} moved, ${missing} were missing`,
    );
  },
  ON,
);

test("syncRound() survives lost sessions, dropped connections and short reads", async (bed) => {
  await using session = await bed.sim.session();
  for (const Method of ["CreateSnapshot_Task", "QueryChangedDiskAreas", "RemoveSnapshot_Task", "FOLDER"]) {
    await bed.sim.order({ Method, Action: "logout" });
  }
  await bed.sim.order({ Method: "FOLDER", Action: "drop", Skip: 3 });
  await bed.sim.order({ Method: "FOLDER", Action: "cut", After: 100_000, Skip: 4 });
  await round(session, bed);
  await assertFollowed(bed);
  assertEquals((await details(session)).snapshots, []);
}, ON);

test("vsphere sync goes on after it was killed, and leaves no snapshot", async (bed) => {
  const { folder, sim } = bed;
  for (let at = 0; at < 5; at++) await writes(bed, 0, (4 + 10 * at) * MIB, 9 * MIB, 1 + at);
  const login = ["--vcenter", `127.0.0.1:${sim.port}`, "--user", "user", "--ca", sim.caFile];
  const args = ["vsphere", "sync", VM, ...login, "--password-env", "PW", "-o", folder.path, "--streams", "1"];
  await sim.order({ Method: "FOLDER", Action: "slow", After: 8 * MIB, Count: 999 });
  await using child = new ChildGroup(Deno.execPath(), {
    args: ["run", "-A", "cli.ts", ...args],
    env: { PW: "pass" },
    stdout: "null",
    stderr: "null",
  });
  await using session = await sim.session();
  while (((await sim.counts()).sent["FOLDER"] ?? 0) < 16 * MIB) await pause(100, session.signal);
  child.kill("SIGKILL");
  await child.process.status;
  assertEquals((await details(session)).snapshots.length, 1);
  await sim.order({ Method: "", Action: "clear" });
  await writes(bed, 0, 5 * MIB, MIB, 99);
  const again = await runCli(args, { PW: "pass" });
  assertEquals(again.status, 0, again.stderr);
  const copies = [folder.file(`${VM}/${VM}.raw`), folder.file(`${VM}/${VM}-2.raw`)];
  assertEquals(await Promise.all(copies.map(sha256)), await Promise.all(bed.disks.map(sha256)));
  assertEquals((await details(session)).snapshots, []);
}, ON);

test("syncRound() never mixes disks of another shape into a copy", async (bed) => {
  await using session = await bed.sim.session();
  await round(session, bed);
  const vm = await details(session);
  const other = { ...vm, disks: vm.disks.slice(0, 1) };
  const options = {
    streams: 1,
    quiesce: false,
    signal: session.signal,
    onConcern: () => {},
    onProgress: () => {},
  };
  const run = (restart: boolean) =>
    syncRound(session, other, bed.folder.file("copy"), { ...options, restart });
  const error = await assertRejects(() => run(false), MigrateError, "not those of the copy");
  assertStringIncludes(error.hint!, "--restart");
}, ON);

test("warmConcerns() blocks disks on snapshots and independent ones", async ({ sim }) => {
  await using session = await sim.session();
  const vm = await details(session);
  const [disk] = vm.disks;
  const critical = (own: Partial<typeof disk>): string[] =>
    warmConcerns({ ...vm, disks: [{ ...disk!, ...own }] }).filter((one) => one.severity === "critical").map((
      one,
    ) => one.id);
  assertEquals(critical({}), []);
  assertEquals(critical({ parents: [disk!.file] }), ["vsphere/delta-disk"]);
  assertEquals(critical({ mode: "independent_persistent" }), ["vsphere/independent-disk"]);
});
