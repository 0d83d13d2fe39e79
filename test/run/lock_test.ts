import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { FolderLock, lockHolder } from "../../src/run/lock.ts";
import { TempFolder } from "../support/temp.ts";

Deno.test("FolderLock.take() refuses a folder that a process holds, and names that process", async () => {
  await using folder = await TempFolder.create();
  await using _lock = await FolderLock.take(folder.path);
  const error = await assertRejects(() => FolderLock.take(folder.path), MigrateError);
  assertEquals(error.code, "run/busy");
  assertStringIncludes(error.message, `process ${Deno.pid} is at work there`);
  assertEquals((await lockHolder(folder.path))?.pid, Deno.pid);
});

Deno.test("FolderLock.take() takes over from a process that is gone, and leaves nothing of it", async () => {
  await using folder = await TempFolder.create();
  const dead = { pid: 2 ** 22 + 1, ticks: "1", host: Deno.hostname() };
  await Deno.writeTextFile(folder.file(".hyper2kvm-lock"), JSON.stringify(dead));
  await Deno.writeTextFile(folder.file(`.hyper2kvm-lock.${dead.pid}-1-x`), JSON.stringify(dead));
  assertEquals(await lockHolder(folder.path), null);
  {
    await using _lock = await FolderLock.take(folder.path);
    assertEquals((await lockHolder(folder.path))?.pid, Deno.pid);
  }
  assertEquals(await folder.names(), []);
});

Deno.test("FolderLock.take() takes over a lock of the same pid that started at another time", async () => {
  await using folder = await TempFolder.create();
  const other = { pid: Deno.pid, ticks: "1", host: Deno.hostname() };
  await Deno.writeTextFile(folder.file(".hyper2kvm-lock"), JSON.stringify(other));
  await using _lock = await FolderLock.take(folder.path);
  assert((await lockHolder(folder.path))?.ticks !== "1");
});

Deno.test("FolderLock.take() believes a lock of another host", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(
    folder.file(".hyper2kvm-lock"),
    JSON.stringify({ pid: 1, ticks: "1", host: "elsewhere" }),
  );
  const error = await assertRejects(() => FolderLock.take(folder.path), MigrateError);
  assertStringIncludes(error.message, "process 1 on elsewhere");
});

Deno.test("FolderLock.take() gives a folder to one of many that ask at once", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file(".hyper2kvm-lock"), "");
  const all = await Promise.allSettled(Array.from({ length: 8 }, () => FolderLock.take(folder.path)));
  assertEquals(all.filter((one) => one.status === "fulfilled").length, 1);
});
