import { assertEquals, assertRejects } from "@std/assert";
import { removeStale, WorkDir } from "../../src/run/workdir.ts";
import { TempFolder } from "../support/temp.ts";

Deno.test("WorkDir is removed on dispose, with what is in it", async () => {
  await using folder = await TempFolder.create();
  let path = "";
  {
    await using work = await WorkDir.create(folder.path);
    path = work.path;
    await Deno.writeTextFile(`${path}/overlay`, "x");
  }
  await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
});

Deno.test("removeStale() removes the folder of a process that is gone and keeps that of a living one", async () => {
  await using folder = await TempFolder.create();
  await using work = await WorkDir.create(folder.path);
  await Deno.mkdir(folder.file(".hyper2kvm-work-999999999-123-abcd/sub"), { recursive: true });
  // The same pid, started at another time: a pid that was used again.
  await Deno.mkdir(folder.file(`.hyper2kvm-work-${Deno.pid}-1-abcd`));
  await Deno.mkdir(folder.file("other"));
  const removed = await removeStale(folder.path);
  assertEquals(removed.length, 2);
  assertEquals((await Deno.stat(work.path)).isDirectory, true);
  assertEquals((await Deno.stat(folder.file("other"))).isDirectory, true);
});
