/** The end of a warm migration on a real guest, and a cutover that fails, against the vCenter simulator. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Report } from "../../src/model/report.ts";
import { readState } from "../../src/source/vsphere/warm/state.ts";
import { runCli } from "../support/cli.ts";
import { ensureGuest } from "../support/guests.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";
import { Simulator, sparseDisk, VSPHERE_NEEDS } from "../support/vsphere.ts";
import { powerOfFirst, VM } from "../support/vsphere_bed.ts";

const NEEDS = {
  ...VSPHERE_NEEDS,
  programs: [...VSPHERE_NEEDS.programs, "qemu-system-x86_64"],
  libraries: ["libguestfs.so.0"],
};

function loginOf(sim: Simulator, folder: TempFolder): string[] {
  const server = ["--vcenter", `127.0.0.1:${sim.port}`, "--user", "user", "--ca", sim.caFile];
  return ["--vm", VM, ...server, "--password-env", "PW", "-o", folder.file("out")];
}

const ENV = { PW: "pass" };

testNeeding(NEEDS, "vsphere sync and cutover move a running guest to a proved boot", async () => {
  await using folder = await TempFolder.create();
  const { raw } = await ensureGuest("bios");
  await using sim = await Simulator.start(folder, { disks: [raw], on: true });
  const login = loginOf(sim, folder);
  const synced = await runCli(["vsphere", "sync", ...login], ENV);
  assertEquals(synced.status, 0, synced.stderr);
  assertStringIncludes(synced.stdout, "round 1 moved");
  const moved = (await readState(folder.file(`out/${VM}`)))!.rounds[0]!;
  const done = await runCli(["vsphere", "cutover", ...login], ENV);
  assertEquals(done.status, 0, done.stderr + done.stdout);
  const report = JSON.parse(await Deno.readTextFile(folder.file("out/report.json"))) as Report;
  assertEquals([report.vms[0]?.status, report.vms[0]?.proof?.verdict], ["succeeded", "booted"]);
  const state = (await readState(folder.file(`out/${VM}`)))!;
  assert(state.cutOverAt !== undefined);
  assert(state.rounds.slice(1).every((round) => round.movedBytes === 0), "nothing was moved twice");
  assert(moved.movedBytes < 800 * 1024 ** 2, "holes are not read");
  assertEquals(await powerOfFirst(sim), "off");
  const again = await runCli(["vsphere", "cutover", ...login], ENV);
  assertEquals(again.status, 0, again.stderr);
  assertStringIncludes(again.stdout, "was finished");
});

testNeeding(NEEDS, "vsphere cutover that fails keeps the copy and powers the source on again", async () => {
  await using folder = await TempFolder.create();
  await using sim = await Simulator.start(folder, {
    disks: [await sparseDisk(folder.file("a.raw"), 16)],
    on: true,
  });
  const login = loginOf(sim, folder);
  const failed = await runCli(["vsphere", "cutover", "--power-on-source", ...login], ENV);
  assert(failed.status !== 0);
  assertEquals(await powerOfFirst(sim), "on");
  assertEquals((await folder.names("out")).filter((name) => /qcow2|partial|work/.test(name)), []);
  const synced = await runCli(["vsphere", "sync", "--json", ...login], ENV);
  assertEquals(synced.status, 0, synced.stderr);
  const [{ round, rounds }] = JSON.parse(synced.stdout);
  assertEquals([round.movedBytes, rounds], [0, 3]);
});
