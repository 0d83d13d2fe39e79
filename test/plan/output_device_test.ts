import { assertEquals, assertStringIncludes } from "@std/assert";
import { outputDevice } from "../../src/plan/output_device.ts";
import { runCommand } from "../../src/run/command.ts";
import { LOOP_NEEDS, LoopDevice } from "../support/loop_device.ts";
import { testNeeding } from "../support/needs.ts";
import { preflightFacts } from "../support/preflight_facts.ts";
import { TempFolder } from "../support/temp.ts";

const onDevices = (...devices: string[]): Record<string, unknown> => ({
  output_device: devices,
  format: "raw",
});

Deno.test("outputDevice says nothing where no device is asked for", async () => {
  await using folder = await TempFolder.create();
  assertEquals(await outputDevice.check(await preflightFacts(folder)), null);
});

Deno.test("outputDevice refuses what is no block device", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("file"), "");
  for (const path of [folder.file("file"), folder.file("missing")]) {
    const finding = await outputDevice.check(await preflightFacts(folder, {}, onDevices(path)));
    assertStringIncludes(finding?.message ?? "", "it is no block device");
  }
});

Deno.test("outputDevice wants one device for each disk", async () => {
  await using folder = await TempFolder.create();
  const finding = await outputDevice.check(await preflightFacts(folder, {}, onDevices("/dev/a", "/dev/b")));
  assertStringIncludes(finding?.message ?? "", "the machine has 1 disks");
});

testNeeding(
  LOOP_NEEDS,
  "outputDevice takes an empty device of the disk's size, and no smaller one",
  async () => {
    await using folder = await TempFolder.create();
    await using fits = await LoopDevice.create(folder.file("a"), 8 << 20);
    await using small = await LoopDevice.create(folder.file("b"), 7 << 20);
    assertEquals(await outputDevice.check(await preflightFacts(folder, {}, onDevices(fits.path))), null);
    const finding = await outputDevice.check(await preflightFacts(folder, {}, onDevices(small.path)));
    assertStringIncludes(finding?.message ?? "", "it has 7 MiB, the disk 8 MiB");
  },
);

testNeeding(LOOP_NEEDS, "outputDevice refuses a device that holds something, unless forced", async () => {
  await using folder = await TempFolder.create();
  await using device = await LoopDevice.create(folder.file("a"), 8 << 20);
  await runCommand("mkfs.ext4", ["-q", device.path]);
  const facts = await preflightFacts(folder, {}, onDevices(device.path));
  assertStringIncludes((await outputDevice.check(facts))?.message ?? "", "it holds something");
  assertEquals(await outputDevice.check({ ...facts, job: { ...facts.job, force: true } }), null);
  assertEquals(await outputDevice.check({ ...facts, own: [device.path] }), null);
});

testNeeding(LOOP_NEEDS, "outputDevice refuses a device that is mounted, even forced", async () => {
  await using folder = await TempFolder.create();
  await using device = await LoopDevice.create(folder.file("a"), 8 << 20);
  await runCommand("mkfs.ext4", ["-q", device.path]);
  await Deno.mkdir(folder.file("mnt"));
  await runCommand("mount", [device.path, folder.file("mnt")]);
  try {
    const facts = await preflightFacts(folder, {}, { ...onDevices(device.path), force: true });
    assertStringIncludes(
      (await outputDevice.check(facts))?.message ?? "",
      `mounted on ${folder.file("mnt")}`,
    );
  } finally {
    await runCommand("umount", [folder.file("mnt")]);
  }
});
