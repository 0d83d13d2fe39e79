import { assert, assertEquals } from "@std/assert";
import { GuestfsError } from "../../ffi/guestfs/handle.ts";
import { guestfsFailure, hasErrno } from "../../src/guest/failure.ts";
import { MigrateError } from "../../src/model/error.ts";

Deno.test("guestfsFailure() says what was tried, and keeps the cause and the stage", () => {
  const cause = new GuestfsError("mount", 22, "mount exited with status 32: wrong fs type");
  const error = guestfsFailure(cause, "mount /dev/sda1", "inspect");
  assertEquals(error.code, "guestfs/failed");
  assertEquals(error.message, "Cannot mount /dev/sda1: mount exited with status 32: wrong fs type");
  assertEquals(error.stage, "inspect");
  assert(error.cause === cause);
});

Deno.test("guestfsFailure() takes the reason out of libguestfs's page of advice", () => {
  const message = "guestfs_launch failed.\n" +
    "This usually means the libguestfs appliance failed to start or crashed.\n" +
    "Do:\n  export LIBGUESTFS_DEBUG=1 LIBGUESTFS_TRACE=1\nand run the command again.";
  const error = guestfsFailure(new GuestfsError("launch", 0, message), "open the disks");
  assertEquals(error.message, "Cannot open the disks: the libguestfs appliance failed to start or crashed");
  assert(error.hint?.includes("LIBGUESTFS_MEMSIZE"), error.hint);
});

Deno.test("guestfsFailure() gives the cure for an unreadable kernel", () => {
  const message =
    "/usr/bin/supermin exited with error status 1.\nTo see full error messages you may need to " +
    "enable debugging.";
  const error = guestfsFailure(new GuestfsError("launch", 0, message), "open the disks");
  assertEquals(error.message, "Cannot open the disks: /usr/bin/supermin exited with error status 1.");
  assert(error.hint?.includes("/boot/vmlinuz"), error.hint);
});

Deno.test("guestfsFailure() says what supermin wrote rather than its exit status", () => {
  const log =
    "supermin: failed to find a suitable kernel (host_cpu=x86_64).\n\nI looked for kernels in /boot.\n";
  const cause = new GuestfsError("launch", 0, "/usr/bin/supermin exited with error status 1.", log);
  const { message, hint } = guestfsFailure(cause, "open the disks");
  assertEquals(
    message,
    "Cannot open the disks: supermin: failed to find a suitable kernel (host_cpu=x86_64).",
  );
  assert(hint?.includes("/boot/vmlinuz"), hint);
});

Deno.test("guestfsFailure() has a hint for failures that it does not know", () => {
  const error = guestfsFailure(new GuestfsError("x", 5, "strange"), "do this");
  assert(error.hint?.includes("LIBGUESTFS_TRACE=1"), error.hint);
});

Deno.test("guestfsFailure() leaves a MigrateError as it is", () => {
  const error = new MigrateError("run/cancelled", "Cancelled.");
  assert(guestfsFailure(error, "do this") === error);
});

Deno.test("hasErrno() is true for the error numbers of libguestfs only", () => {
  assertEquals(hasErrno(new GuestfsError("ls", 2, ""), 2, 20), true);
  assertEquals(hasErrno(new GuestfsError("ls", 5, ""), 2, 20), false);
  assertEquals(hasErrno(new Deno.errors.NotFound("x"), 2), false);
});
