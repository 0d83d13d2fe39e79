import { assertEquals } from "@std/assert";
import { Wake } from "../../src/watch/wake.ts";
import { TempFolder } from "../support/temp.ts";

Deno.test("Wake.wait() ends at a change, long before its limit, and tells what was moved in", async () => {
  await using folder = await TempFolder.create();
  await Deno.mkdir(folder.file("in"));
  await Deno.writeTextFile(folder.file("a.raw"), "x");
  const moved: string[] = [];
  const wake = new Wake(folder.file("in"), (path) => moved.push(path));
  const waiting = wake.wait(3_600_000);
  await Deno.rename(folder.file("a.raw"), folder.file("in/a.raw"));
  await waiting;
  assertEquals(moved, ["a.raw"]);
  wake[Symbol.dispose]();
  await wake.closed();
});

Deno.test("Wake.wait() ends at its limit where the kernel reports nothing", async () => {
  await using folder = await TempFolder.create();
  const wake = new Wake(folder.path, () => {}, () => {
    throw new Error("no space left for inotify watches");
  });
  assertEquals(wake.obstacle, "no space left for inotify watches");
  await wake.wait(1);
  wake[Symbol.dispose]();
  await wake.closed();
});
