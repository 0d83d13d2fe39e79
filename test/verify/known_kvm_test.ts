import { assertEquals } from "@std/assert";
import { deviceIdentity, isRemembered, recordPath, rememberKvm } from "../../src/verify/known_kvm.ts";
import { TempFolder } from "../support/temp.ts";

Deno.test("isRemembered() believes a hang of the same device of the same boot, for a day", async () => {
  await using folder = await TempFolder.create();
  const record = recordPath(folder.path), identity = await deviceIdentity("/dev/null");
  assertEquals(await isRemembered(record, identity), false);
  await rememberKvm(record, identity);
  assertEquals(await isRemembered(record, identity), true);
  assertEquals(await isRemembered(record, await deviceIdentity("/dev/zero")), false);
  assertEquals(await isRemembered(record, identity, Date.now() + 25 * 60 * 60 * 1000), false);
});

Deno.test("isRemembered() takes a damaged record for none", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("record"), "{not json");
  assertEquals(await isRemembered(folder.file("record"), "x"), false);
});
