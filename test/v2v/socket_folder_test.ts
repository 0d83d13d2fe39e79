import { assert, assertEquals } from "@std/assert";
import { exists } from "../../src/run/files.ts";
import { SocketFolder } from "../../src/v2v/socket_folder.ts";
import { TempFolder } from "../support/temp.ts";

Deno.test("SocketFolder.create() takes a folder whose sockets have short paths", async () => {
  await using folder = await SocketFolder.create("/srv/out/.work");
  assertEquals(folder.path, "/srv/out/.work");
});

Deno.test("SocketFolder.create() makes another for a long path, and removes it", async () => {
  await using system = await TempFolder.create();
  const folder = await SocketFolder.create(`/srv/${"ä".repeat(45)}`, system.path);
  assert(folder.path.startsWith(`${system.path}/`));
  assertEquals(await exists(folder.path), true);
  await folder[Symbol.asyncDispose]();
  assertEquals(await exists(folder.path), false);
});
