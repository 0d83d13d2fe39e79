import { assertEquals } from "@std/assert";
import { deviceIdentity, hangIsKnown, recordPath, rememberHang } from "../../src/verify/known_hang.ts";
import { TempFolder } from "../support/temp.ts";

Deno.test("hangIsKnown() believes a hang of the same device of the same boot, for a day", async () => {
  await using folder = await TempFolder.create();
  const record = recordPath(folder.path), identity = await deviceIdentity("/dev/null");
  assertEquals(await hangIsKnown(record, identity), false);
  await rememberHang(record, identity);
  assertEquals(await hangIsKnown(record, identity), true);
  assertEquals(await hangIsKnown(record, await deviceIdentity("/dev/zero")), false);
  assertEquals(await hangIsKnown(record, identity, Date.now() + 25 * 60 * 60 * 1000), false);
});

Deno.test("hangIsKnown() takes a damaged record for none", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("record"), "{not json");
  assertEquals(await hangIsKnown(folder.file("record"), "x"), false);
});
