import { assert, assertEquals, assertThrows } from "@std/assert";
import { Guestfs, GuestfsError } from "../../../ffi/guestfs/mod.ts";
import { testNeeding } from "../../support/needs.ts";
import { TempFolder } from "../../support/temp.ts";

const NEEDS = { libraries: ["libguestfs.so.0"] };

testNeeding(NEEDS, "Guestfs.call() returns a struct", () => {
  using guest = new Guestfs();
  const version = guest.call("version");
  assertEquals(version.major, 1);
  assert(version.minor >= 40, `minor is ${version.minor}`);
  assertEquals(typeof version.extra, "string");
});

testNeeding(NEEDS, "Guestfs.call() returns a string that was set", () => {
  using guest = new Guestfs();
  guest.call("set_hv", "/usr/bin/some-qemu");
  assertEquals(guest.call("get_hv"), "/usr/bin/some-qemu");
});

testNeeding(NEEDS, "Guestfs.call() throws the action, the error number and the message of libguestfs", () => {
  using guest = new Guestfs();
  const error = assertThrows(
    () => guest.call("add_drive_opts", "/no/such.qcow2", { readonly: true, format: "qcow2" }),
    GuestfsError,
  );
  assertEquals([error.action, error.errno], ["add_drive_opts", 2]);
  assertEquals(error.message, "/no/such.qcow2: No such file or directory");
});

testNeeding(NEEDS, "Guestfs.call() passes optional strings and booleans", async () => {
  await using folder = await TempFolder.create();
  const disk = folder.file("disk.raw");
  await Deno.writeFile(disk, new Uint8Array(1024 * 1024));
  using guest = new Guestfs();
  // The name of the format is checked by libguestfs, so it has to arrive.
  assertThrows(() => guest.call("add_drive_opts", disk, { format: "no such!" }), GuestfsError, "format");
  guest.call("add_drive_opts", disk, { readonly: true, format: "raw", discard: "disable" });
});

testNeeding(NEEDS, "Guestfs.call() names the action that needs a launch first", () => {
  using guest = new Guestfs();
  const error = assertThrows(() => guest.call("write", "/x", new Uint8Array()), GuestfsError);
  assertEquals(error.action, "write");
});

testNeeding(NEEDS, "Guestfs does not read the environment, unless told what is in it", () => {
  Deno.env.set("LIBGUESTFS_HV", "/opt/some-qemu");
  try {
    using guest = new Guestfs();
    assert(guest.call("get_hv") !== "/opt/some-qemu");
    guest.call("parse_environment_list", ["LIBGUESTFS_HV=/opt/some-qemu"]);
    assertEquals(guest.call("get_hv"), "/opt/some-qemu");
  } finally {
    Deno.env.delete("LIBGUESTFS_HV");
  }
});

testNeeding(NEEDS, "Guestfs.call() refuses a variable with a bad value", () => {
  using guest = new Guestfs();
  const bad = ["LIBGUESTFS_MEMSIZE=nonsense"];
  assertThrows(() => guest.call("parse_environment_list", bad), GuestfsError, "LIBGUESTFS_MEMSIZE");
});

testNeeding(NEEDS, "Guestfs can be disposed of twice and then refuses calls", () => {
  const guest = new Guestfs({ onProgress: () => {} });
  assert(guest.address !== 0n);
  guest[Symbol.dispose]();
  guest[Symbol.dispose]();
  assertThrows(() => guest.call("version"), GuestfsError, "closed");
});

Deno.test("Guestfs throws when there is no such library", () => {
  assertThrows(() => new Guestfs({ library: "libno-such-guestfs.so.0" }), Error, "libno-such-guestfs.so.0");
});
