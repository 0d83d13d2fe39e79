/** Exports of machines that are on, and the snapshots that they make, against the vCenter simulator. */
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { readDetails, readInventory } from "../../src/source/vsphere/inventory.ts";
import type { VsphereSession } from "../../src/source/vsphere/session.ts";
import { removeNoted } from "../../src/source/vsphere/snapshot.ts";
import { noteSnapshot, SNAPSHOT_NOTE } from "../../src/source/vsphere/snapshot_note.ts";
import { pause } from "../../src/source/vsphere/http/transport.ts";
import type { VmDetails } from "../../src/source/vsphere/machines/vm.ts";
import { ChildGroup } from "../../src/run/command.ts";
import { runCli } from "../support/cli.ts";
import {
  assertSameContent,
  assertSameFlats,
  exportDone,
  exporter,
  MIB,
  VM,
  vsphereTest as test,
} from "../support/vsphere_bed.ts";

const ON = { on: true };

async function details(session: VsphereSession): Promise<VmDetails> {
  const inventory = await readInventory(session);
  return (await readDetails(session, inventory, inventory.vms.filter((vm) => vm.name === VM)))[0]!;
}

/** Nothing of ours is left on the server or in the folder. */
async function assertClean(session: VsphereSession, names: readonly string[]): Promise<void> {
  const { snapshots, disks, consolidationNeeded } = await details(session);
  assertEquals(snapshots, []);
  assertEquals(disks.map((disk) => disk.parents), [[], []]);
  assertEquals(consolidationNeeded, false);
  assert(!names.includes(SNAPSHOT_NOTE));
}

for (const mode of ["datastore", "nfc"] as const) {
  test(`exportMany() by ${mode} takes a machine that is on by a snapshot, and removes it`, async (bed) => {
    const { folder, sim, disks } = bed;
    await using session = await sim.session();
    const { source, concerns } = await exportDone(session, folder, { mode });
    for (const [index, disk] of source!.disks.entries()) {
      await assertSameContent(folder, disk, disks[index]!);
    }
    assert(concerns.some((one) => one.id === "vsphere/powered-on"));
    assertEquals((await details(session)).power, "on");
    await assertClean(session, await folder.names(`out/${VM}`));
  }, ON);
}

test("exportMany() by datastore takes the whole chain of a machine with snapshots", async (bed) => {
  const { folder, sim, disks } = bed;
  await using session = await sim.session();
  const vm = await details(session);
  const named = (name: string): Promise<unknown> =>
    session.call("CreateSnapshot_Task", { type: "VirtualMachine", id: vm.id }, [
      { name: "name", attributes: {}, content: name },
      { name: "memory", attributes: {}, content: "false" },
      { name: "quiesce", attributes: {}, content: "false" },
    ]);
  for (const value of [1, 2]) {
    await named(`snapshot ${value}`);
    while (((await details(session)).disks[0]!.parents.length) < value) { /* the task runs */ }
    await sim.guestWrites(0, 2 * MIB * value, MIB, value);
  }
  using raw = await Deno.open(disks[0]!, { write: true });
  for (const value of [1, 2]) {
    await raw.seek(2 * MIB * value, Deno.SeekMode.Start);
    await raw.write(new Uint8Array(MIB).fill(value));
  }
  const { source } = await exportDone(session, folder);
  await assertSameContent(folder, source!.disks[0]!, disks[0]!);
  await assertSameContent(folder, source!.disks[1]!, disks[1]!);
  assertEquals((await details(session)).snapshots.length, 1);
});

test("exportMany() removes the snapshot of an export that fails or is cancelled", async ({ folder, sim }) => {
  await sim.order({ Method: "FOLDER", Action: "status", Status: 404, Skip: 2, Count: 99 });
  await using session = await sim.session();
  const [failed] = await exporter(session, folder).exportMany();
  assertEquals(failed!.error!.code, "source/missing");
  await assertClean(session, await folder.names(`out/${VM}`));
  await sim.order({ Method: "", Action: "clear" });
  await sim.order({ Method: "FOLDER", Action: "slow", After: 4 * MIB, Count: 99 });
  const stop = new AbortController();
  await using stopped = await sim.session(stop.signal);
  const emit = (event: { type: string }): void => event.type === "progress" ? stop.abort() : undefined;
  const [cancelled] = await exporter(stopped, folder, { emit, force: true }).exportMany();
  assertEquals(cancelled!.status, "cancelled");
  await assertClean(session, await folder.names(`out/${VM}`));
}, ON);

test("exportMany() tries the removal again, and says when a snapshot stays", async (bed) => {
  const { folder, sim } = bed;
  await using session = await sim.session();
  await sim.order({ Method: "RemoveSnapshot_Task", Action: "fault", Fault: "TaskInProgress", Count: 2 });
  await exportDone(session, folder);
  await assertSameFlats(bed);
  await assertClean(session, await folder.names(`out/${VM}`));
  await sim.order({ Method: "RemoveSnapshot_Task", Action: "fault", Fault: "TaskInProgress", Count: 4 });
  const { concerns, status } = await exportDone(session, folder, { force: true });
  assertEquals(status, "exported");
  const left = concerns.find((one) => one.id === "vsphere/snapshot-left");
  assertStringIncludes(left!.hint!, "vsphere cleanup");
  assertEquals((await details(session)).snapshots.length, 1);
  // The same command again finds the note.
  const again = await exporter(session, folder).exportMany();
  assertEquals(again[0]!.status, "present");
  await assertClean(session, await folder.names(`out/${VM}`));
}, ON);

test("exportMany() consolidates what a failed removal has left", async ({ folder, sim }) => {
  await using session = await sim.session();
  await sim.order({ Method: "consolidate", Action: "taskfault" });
  const { concerns } = await exportDone(session, folder);
  assertEquals(concerns.filter((one) => /snapshot-left|consolidation/.test(one.id)), []);
  await assertClean(session, await folder.names(`out/${VM}`));
}, ON);

test("removeNoted() removes what a run that was killed has left, and nothing else", async ({ folder, sim }) => {
  await using session = await sim.session();
  const vm = await details(session);
  for (const name of ["of the user", "hyper2kvm-1"]) {
    await session.call("CreateSnapshot_Task", { type: "VirtualMachine", id: vm.id }, [
      { name: "name", attributes: {}, content: name },
      { name: "memory", attributes: {}, content: "false" },
      { name: "quiesce", attributes: {}, content: "false" },
    ]);
    while (!JSON.stringify((await details(session)).snapshots).includes(name)) { /* the task runs */ }
  }
  const note = { server: session.address, vm: vm.id, vmName: VM, name: "hyper2kvm-1" };
  await noteSnapshot(folder.path, note);
  await removeNoted(session, folder.path, () => {});
  assertEquals((await details(session)).snapshots.map((one) => one.name), ["of the user"]);
  assertEquals((await details(session)).snapshots[0]!.children, []);
  await noteSnapshot(folder.path, { ...note, server: "other:443" });
  await assertRejects(() => removeNoted(session, folder.path, () => {}), MigrateError, "other:443");
});

test("exportMany() survives a session that is killed at any of its calls", async (bed) => {
  const { folder, sim } = bed;
  {
    await using session = await sim.session();
    await exportDone(session, folder);
  }
  const { hits } = await sim.counts();
  const calls = Object.keys(hits).filter((call) =>
    /^[A-Z]\w+$/.test(call) && !/^(Login|Logout|.*Content)$/.test(call)
  );
  assert(calls.includes("FOLDER") && calls.includes("RemoveSnapshot_Task"), calls.join());
  await sim.order({ Method: "", Action: "clear" });
  for (const Method of calls) {
    await sim.order({ Method, Action: "logout", Skip: 0 });
    await sim.order({ Method, Action: "logout", Skip: 2 });
  }
  await using session = await sim.session();
  await exportDone(session, folder, { force: true });
  await assertSameFlats(bed);
  await assertClean(session, await folder.names(`out/${VM}`));
  assert(session.logins > calls.length, `${session.logins} logins`);
}, ON);

test("vsphere cleanup removes the snapshot of an export that was killed", async ({ folder, sim }) => {
  await sim.order({ Method: "FOLDER", Action: "slow", After: MIB, Count: 99 });
  const login = ["--vcenter", `127.0.0.1:${sim.port}`, "--user", "user", "--ca", sim.caFile];
  const args = [...login, "--password-env", "PW", "-o", folder.file("out")];
  await using child = new ChildGroup(Deno.execPath(), {
    args: ["run", "-A", "cli.ts", "vsphere", "export", "--vm", VM, "--mode", "datastore", ...args],
    env: { PW: "pass" },
    stdout: "null",
    stderr: "null",
  });
  await using session = await sim.session();
  while ((await details(session)).snapshots.length === 0) await pause(200, session.signal);
  child.kill("SIGKILL");
  await child.process.status;
  assertEquals((await details(session)).snapshots.length, 1);
  const cleaned = await runCli(["vsphere", "cleanup", ...args], { PW: "pass" });
  assertEquals(cleaned.status, 0, cleaned.stderr);
  assertMatch(cleaned.stdout, /removed hyper2kvm-/);
  await assertClean(session, await folder.names(`out/${VM}`));
}, ON);

test("exportMany() shuts a machine down, and powers it on again after a failure", async ({ folder, sim }) => {
  await using session = await sim.session();
  const job = { shutdown: "guest", power_on_source: true } as const;
  await sim.order({ Method: "FOLDER", Action: "status", Status: 404, Skip: 2, Count: 99 });
  const [failed] = await exporter(session, folder, { job }).exportMany();
  assertEquals([failed!.status, (await details(session)).power], ["failed", "on"]);
  await sim.order({ Method: "", Action: "clear" });
  await exportDone(session, folder, { job });
  assertEquals((await details(session)).power, "off");
  assertEquals((await sim.counts()).hits["CreateSnapshot_Task"], undefined);
}, ON);

test("exportMany() says when a guest does not shut down; --shutdown hard does", async (bed) => {
  const { folder, sim } = bed;
  await sim.order({ Method: "guest ignores", Action: "fault" });
  await using session = await sim.session();
  const [up] = await exporter(session, folder, { job: { shutdown: "guest", shutdown_timeout: 1 } })
    .exportMany();
  assertStringIncludes(up!.error!.message, "still up after 1 s");
  await exportDone(session, folder, { job: { shutdown: "hard" } });
  await assertSameFlats(bed);
}, ON);
