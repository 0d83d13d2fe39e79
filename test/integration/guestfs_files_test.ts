/**
 * GuestfsFiles against a real appliance. One launch for all of it.
 *
 * @module
 */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { GuestfsFiles } from "../../src/guest/guestfs_files.ts";
import { MigrateError } from "../../src/model/error.ts";
import { APPLIANCE_NEEDS, ImageGuest, pattern } from "../support/guestfs_image.ts";
import { testNeeding } from "../support/needs.ts";

testNeeding(APPLIANCE_NEEDS, "GuestfsFiles reads a guest and stays inside it", async () => {
  await using guest = await ImageGuest.create();
  await using session = await guest.open();
  await session.call("mount_ro", "/dev/sda", "/");
  const files = new GuestfsFiles(session);
  const refused = async (path: string, reason: RegExp): Promise<void> => {
    const error = await assertRejects(() => files.readText(path), MigrateError);
    assertEquals(error.code, "guest/unsupported");
    assertMatch(error.message, reason);
  };

  // readText(): content, links, empty, absent
  assertEquals(await files.readText("/etc/hostname"), "guest1\n");
  assertEquals(await files.readText("/etc/os-release"), 'ID=test\nNAME="Tést"\n');
  assertEquals(await files.readText("/etc/nothing"), "");
  for (const path of ["/etc/dangling", "/nope", "/nope/nope", "/etc/hostname/x", "/etc/loop"]) {
    assertEquals(await files.readText(path), null);
  }
  await refused("/etc/latin1", /not UTF-8/);
  await refused("/big", /bytes/);
  await refused("/etc", /not a regular file/);
  await refused("/etc/pipe", /not a regular file/);

  // exists(), sizeBytes()
  assertEquals(await files.exists("/etc"), true);
  assertEquals(await files.exists("/etc/dangling"), false);
  assertEquals(await files.sizeBytes("/etc/os-release"), 21);
  assertEquals(await files.sizeBytes("/etc"), null);
  assertEquals(await files.sizeBytes("/nope"), null);

  // list()
  assertEquals(await files.list("/usr/lib"), ["os-release"]);
  assertEquals(await files.list("/lib"), ["os-release"]);
  assertEquals(await files.list("/etc/empty"), []);
  assertEquals(await files.list("/nope"), []);
  assertEquals(await files.list("/etc/hostname"), []);

  // realPath(): links that point outside end in the guest
  assertEquals(await files.realPath("/lib/os-release"), "/usr/lib/os-release");
  assertEquals(await files.realPath("/etc/outside"), "/etc/hostname");
  assertEquals(await files.readText("/etc/outside"), "guest1\n");
  assertEquals(await files.realPath("/etc/dangling"), null);

  // download(), downloadTar()
  const target = guest.folder.file("copy");
  await files.download("/three", target);
  assertEquals(await Deno.readFile(target), pattern(3 * 1024 * 1024 + 17));
  await files.download("/etc/nothing", target);
  assertEquals((await Deno.stat(target)).size, 0);
  await assertRejects(() => files.download("/nope", target), MigrateError, "does not exist");
  const tar = guest.folder.file("etc.tar");
  await files.downloadTar("/usr", tar);
  const names = await new Deno.Command("tar", { args: ["-tf", tar] }).output();
  assertMatch(new TextDecoder().decode(names.stdout), /lib\/os-release/);
  const error = await assertRejects(() => files.downloadTar("/nope", tar), MigrateError);
  assertEquals(error.code, "guestfs/failed");
});
