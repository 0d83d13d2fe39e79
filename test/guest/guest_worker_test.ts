import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { GuestfsError } from "../../ffi/guestfs/handle.ts";
import { GuestWorker } from "../../src/guest/guest_worker.ts";
import { MigrateError } from "../../src/model/error.ts";
import { testNeeding } from "../support/needs.ts";

const NEEDS = { libraries: ["libguestfs.so.0"] };

/** A Worker module with this text. */
function module(source: string): URL {
  return new URL(`data:application/javascript,${encodeURIComponent(source)}`);
}

Deno.test("GuestWorker.start() rejects when the module cannot be loaded", async () => {
  const missing = new URL("./no_such_module.ts", import.meta.url);
  const error = await assertRejects(() => GuestWorker.start({ module: missing }), MigrateError);
  assertEquals(error.code, "guestfs/worker");
});

Deno.test("GuestWorker.start() rejects when the module throws", async () => {
  const broken = module(`throw new Error("broken on purpose")`);
  const error = await assertRejects(() => GuestWorker.start({ module: broken }), MigrateError);
  assertEquals(error.code, "guestfs/worker");
  assertMatch(error.message, /broken on purpose/);
});

Deno.test("GuestWorker.start() rejects when the library cannot be opened", async () => {
  const error = await assertRejects(() => GuestWorker.start({ library: "libno-such.so.0" }), MigrateError);
  assertEquals(error.code, "guestfs/worker");
  assertMatch(error.message, /libno-such\.so\.0/);
});

Deno.test("GuestWorker.call() rejects when the Worker breaks down, and dispose does not hang", async () => {
  const breaking = module(`
    self.onmessage = ({ data }) => {
      if (data.type === "open") return self.postMessage({ type: "ready", address: 1n });
      throw new Error("broken in a call");
    };
  `);
  await using worker = await GuestWorker.start({ module: breaking });
  const error = await assertRejects(() => worker.call("version"), MigrateError);
  assertMatch(error.message, /broken in a call/);
  assertEquals(worker.busy, false);
  await assertRejects(() => worker.call("version"), MigrateError, "broken in a call");
});

testNeeding(NEEDS, "GuestWorker.call() returns a value from the Worker", async () => {
  await using worker = await GuestWorker.start();
  assertEquals((await worker.call("version")).major, 1);
});

testNeeding(NEEDS, "GuestWorker.call() keeps action, errno and message of an error", async () => {
  await using worker = await GuestWorker.start();
  const error = await assertRejects(
    () => worker.call("add_drive_opts", "/no/such.raw", { format: "raw" }),
    GuestfsError,
  );
  assertEquals([error.action, error.errno], ["add_drive_opts", 2]);
  assertEquals(error.message, "/no/such.raw: No such file or directory");
});

testNeeding(NEEDS, "GuestWorker.call() answers a bad argument with an error", async () => {
  await using worker = await GuestWorker.start();
  await assertRejects(() => worker.call("set_hv", "a\0b"), GuestfsError, "NUL");
});

testNeeding(NEEDS, "GuestWorker.call() rejects after dispose", async () => {
  const worker = await GuestWorker.start();
  await worker[Symbol.asyncDispose]();
  await worker[Symbol.asyncDispose]();
  await assertRejects(() => worker.call("version"), MigrateError, "closed");
});
