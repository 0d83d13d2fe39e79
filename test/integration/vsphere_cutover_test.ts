/** The end of a warm migration on a real guest, and a cutover that fails, against the vCenter simulator. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Report } from "../../src/model/report.ts";
import { imageInfo } from "../../src/disk/qemu_img.ts";
import { readState, writeState } from "../../src/source/vsphere/warm/state.ts";
import { runCli } from "../support/cli.ts";
import { ensureGuest } from "../support/guests.ts";
import { sameContents } from "../support/images.ts";
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
  const unproved = ["vsphere", "cutover", "--power-on-source", "--boot-timeout", "1", ...login];
  assertEquals((await runCli(unproved, ENV)).status, 8);
  assertEquals([await powerOfFirst(sim), (await folder.names("out")).includes(`${VM}.qcow2`)], ["on", true]);
  // What that left is of a machine that has gone on since, and ours to replace.
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

testNeeding(
  NEEDS,
  "vsphere cutover --linked puts the disks on the copy, and takes them off when it fails",
  async () => {
    await using folder = await TempFolder.create();
    const { raw } = await ensureGuest("bios");
    await using sim = await Simulator.start(folder, { disks: [raw], on: true });
    const login = loginOf(sim, folder);
    const vsphere = (...args: string[]) => runCli(["vsphere", ...args, ...login], ENV);
    const place = folder.file(`out/${VM}`);
    const images = async () => (await folder.names("out")).filter((name) => /qcow2|partial|work/.test(name));
    assertEquals((await vsphere("sync")).status, 0);
    const copy = `${place}/${(await readState(place))!.disks[0]!.file}`;

    const failed = await vsphere("cutover", "--linked", "--power-on-source", "--boot-timeout", "1");
    assertEquals(failed.status, 8, failed.stderr);
    assertEquals([await powerOfFirst(sim), await images()], ["on", []]);
    assertEquals((await vsphere("sync")).status, 0);

    // A conversion that was killed leaves this; a machine that is on again has more to tell.
    const state = (await readState(place))!;
    await writeState(place, { ...state, converting: { at: "2026-01-02", linked: true } });
    assertEquals((await vsphere("sync")).status, 1);
    const done = await vsphere("cutover", "--linked");
    assertEquals(done.status, 0, done.stderr + done.stdout);
    assertEquals((await readState(place))!.rounds.length, state.rounds.length + 2);
    const report = JSON.parse(await Deno.readTextFile(folder.file("out/report.json"))) as Report;
    const [{ proof, outputs: [disk], concerns }] = report.vms as [Report["vms"][number]];
    assertEquals(proof?.verdict, "booted");
    assert(disk!.allocatedSizeBytes < 64 * 1024 ** 2, `${disk!.allocatedSizeBytes} bytes were copied`);
    assertEquals((await imageInfo(disk!.path, "qcow2", new AbortController().signal)).backingFile, copy);
    assert(concerns.some(({ id, message }) => id === "output/linked" && message.includes(copy)));

    for (const args of [["sync"], ["sync", "--restart"], ["cutover", "--linked", "--restart"]]) {
      const refused = await vsphere(...args);
      assertEquals(refused.status, 1, refused.stderr);
      assertStringIncludes(refused.stderr + refused.stdout, "disks of a cutover stand on the copy");
    }
    assertStringIncludes((await vsphere("cutover", "--linked")).stdout, "was finished");
    assertEquals(await images(), [`${VM}.qcow2`]);
    assert(await sameContents(raw, copy), "the copy is as it was synced");
  },
);

testNeeding(NEEDS, "vsphere cutover that fails keeps the copy and powers the source on again", async () => {
  await using folder = await TempFolder.create();
  await using sim = await Simulator.start(folder, {
    disks: [await sparseDisk(folder.file("a.raw"), 16)],
    on: true,
  });
  const login = loginOf(sim, folder);
  await Deno.mkdir(folder.file("out"));
  await Deno.writeTextFile(folder.file(`out/${VM}.qcow2`), "somebody else's");
  const refused = await runCli(["vsphere", "cutover", ...login], ENV);
  assertEquals([refused.status, await powerOfFirst(sim)], [1, "on"]);
  assertStringIncludes(refused.stdout + refused.stderr, "it exists");
  assertEquals((await readState(folder.file(`out/${VM}`)))!.shutDown, undefined);
  await Deno.remove(folder.file(`out/${VM}.qcow2`));

  const failed = await runCli(["vsphere", "cutover", "--power-on-source", ...login], ENV);
  assert(failed.status !== 0);
  assertEquals(await powerOfFirst(sim), "on");
  assertEquals((await folder.names("out")).filter((name) => /qcow2|partial|work/.test(name)), []);
  const synced = await runCli(["vsphere", "sync", "--json", ...login], ENV);
  assertEquals(synced.status, 0, synced.stderr);
  const [{ round, rounds }] = JSON.parse(synced.stdout);
  assertEquals([round.movedBytes, rounds], [0, 4]);
});
