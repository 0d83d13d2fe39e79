import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { exists } from "../../src/run/files.ts";
import { removeStaleSecrets, SecretFiles } from "../../src/run/secret_files.ts";
import { TempFolder } from "../support/temp.ts";

/** A folder in memory that only this test uses. */
async function memory(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "hyper2kvm-test-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

Deno.test("SecretFiles.add() writes into memory, readable by this user alone", async () => {
  await using inMemory = await memory();
  await using folder = await TempFolder.create();
  await using files = await SecretFiles.create(folder.path, [inMemory.path]);
  const path = await files.add("hunter2");
  assert(path.startsWith(`${inMemory.path}/`));
  assertEquals(await Deno.readTextFile(path), "hunter2");
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
  assertEquals((await Deno.stat(join(path, ".."))).mode! & 0o777, 0o700);
});

Deno.test("SecretFiles.create() takes the fallback where there is no folder in memory", async () => {
  await using folder = await TempFolder.create();
  await using files = await SecretFiles.create(folder.path, ["/nowhere", "/proc/self"]);
  assert((await files.add("x")).startsWith(`${folder.path}/`));
});

Deno.test("SecretFiles overwrites its files before it removes them", async () => {
  await using inMemory = await memory();
  const files = await SecretFiles.create("/nowhere", [inMemory.path]);
  const path = await files.add("hunter2");
  using open = await Deno.open(path);
  await files[Symbol.asyncDispose]();
  assertEquals(await exists(path), false);
  const bytes = new Uint8Array(16);
  assertEquals(await open.read(bytes), 7);
  assertEquals([...bytes.subarray(0, 7)], [0, 0, 0, 0, 0, 0, 0]);
});

Deno.test("removeStaleSecrets() overwrites and removes what a killed run has left, and nothing else", async () => {
  await using inMemory = await memory();
  await using alive = await SecretFiles.create("/nowhere", [inMemory.path]);
  const mine = await alive.add("mine");
  const stale = join(inMemory.path, ".hyper2kvm-secrets-999999999-1-abcdef01");
  await Deno.mkdir(stale);
  await Deno.writeTextFile(join(stale, "1"), "hunter2");
  await Deno.mkdir(join(inMemory.path, "of-somebody-else"));
  using open = await Deno.open(join(stale, "1"));
  assertEquals(await removeStaleSecrets([inMemory.path]), [stale]);
  assertEquals([...await new Response(open.readable).bytes()], [0, 0, 0, 0, 0, 0, 0]);
  assertEquals([await exists(mine), await exists(join(inMemory.path, "of-somebody-else"))], [true, true]);
});
