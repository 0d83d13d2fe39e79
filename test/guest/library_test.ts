import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { libguestfsVersion } from "../../src/guest/library.ts";
import { MigrateError } from "../../src/model/error.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

testNeeding({ libraries: ["libguestfs.so.0"] }, "libguestfsVersion() is the version without a launch", () => {
  assertMatch(libguestfsVersion(), /^1\.\d+\.\d+/);
});

Deno.test("libguestfsVersion() says which package holds a missing library", () => {
  const error = assertThrows(() => libguestfsVersion("libno-such-guestfs.so.0"), MigrateError);
  assertEquals(error.code, "library/missing");
  assertEquals(error.message, "Cannot open libno-such-guestfs.so.0: libguestfs is not installed.");
  assert(error.hint?.includes("apt-get install libguestfs0"), error.hint);
});

Deno.test("libguestfsVersion() tells a library that is something else from a missing one", () => {
  const error = assertThrows(() => libguestfsVersion("libc.so.6"), MigrateError);
  assertEquals(error.code, "library/incompatible");
  assertMatch(error.message, /guestfs_/);
});

Deno.test("libguestfsVersion() passes on the reason of a library that cannot be loaded", async () => {
  await using folder = await TempFolder.create();
  const broken = folder.file("libguestfs.so.0");
  await Deno.writeTextFile(broken, "not an ELF file");
  const error = assertThrows(() => libguestfsVersion(broken), MigrateError);
  assertEquals(error.code, "library/missing");
  assertMatch(error.message, /file too short|invalid ELF header/);
});
