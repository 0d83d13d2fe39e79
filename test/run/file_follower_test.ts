import { assertEquals } from "@std/assert";
import { FileFollower } from "../../src/run/file_follower.ts";
import { TempFolder } from "../support/temp.ts";

Deno.test("FileFollower.read() returns what was added since", async () => {
  await using folder = await TempFolder.create();
  const path = folder.file("log");
  using follower = new FileFollower(path);
  assertEquals(await follower.read(), "");
  await Deno.writeTextFile(path, "one");
  assertEquals(await follower.read(), "one");
  await Deno.writeTextFile(path, " two", { append: true });
  assertEquals(await follower.read(), " two");
});

Deno.test("FileFollower.read() waits for the rest of a character", async () => {
  await using folder = await TempFolder.create();
  const path = folder.file("log");
  using follower = new FileFollower(path);
  await Deno.writeFile(path, new Uint8Array([0x61, 0xe2, 0x80]));
  assertEquals(await follower.read(), "a");
  await Deno.writeFile(path, new Uint8Array([0xa6]), { append: true });
  assertEquals(await follower.read(), "…");
});
