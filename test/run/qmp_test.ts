import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { MigrateError } from "../../src/model/error.ts";
import { QmpClient, type QmpEvent } from "../../src/run/qmp.ts";
import { ChildGroup } from "../../src/run/command.ts";

/** A real qemu that never starts its CPU, with a control socket. */
async function withQemu(test: (socket: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const socket = join(folder, "qmp");
  const args = ["-S", "-accel", "tcg", "-m", "16", "-nodefaults", "-display", "none"];
  try {
    await using _qemu = new ChildGroup("qemu-system-x86_64", {
      args: [...args, "-qmp", `unix:${socket},server=on,wait=off`],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    });
    await test(socket);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("QmpClient.connect() waits for the socket and does the handshake", async () => {
  await withQemu(async (socket) => {
    await using client = await QmpClient.connect(socket);
    const status = await client.execute("query-status") as { status: string };
    assertEquals(status.status, "prelaunch");
  });
});

Deno.test("QmpClient.connect() gives up after its time limit", async () => {
  const error = await assertRejects(
    () => QmpClient.connect("/nonexistent/qmp", { timeoutMs: 100 }),
    MigrateError,
    "100 ms",
  );
  assertEquals(error.code, "tool/timeout");
});

Deno.test("QmpClient.connect() stops when the run is cancelled", async () => {
  const signal = AbortSignal.timeout(50);
  const error = await assertRejects(() => QmpClient.connect("/nonexistent/qmp", { signal }), MigrateError);
  assertEquals(error.code, "run/cancelled");
});

Deno.test("QmpClient.execute() tells the reason that qemu gives", async () => {
  await withQemu(async (socket) => {
    await using client = await QmpClient.connect(socket);
    const error = await assertRejects(
      () => client.execute("no-such-command"),
      MigrateError,
      "no-such-command",
    );
    assertEquals(error.code, "tool/failed");
  });
});

Deno.test("QmpClient.execute() keeps answers and commands together", async () => {
  await withQemu(async (socket) => {
    await using client = await QmpClient.connect(socket);
    const [version, status] = await Promise.all([
      client.execute("query-version") as Promise<Record<string, unknown>>,
      client.execute("query-status") as Promise<Record<string, unknown>>,
    ]);
    assertEquals(["qemu" in version, "running" in status], [true, true]);
  });
});

Deno.test("QmpClient.onEvent() hears the events of qemu", async () => {
  await withQemu(async (socket) => {
    await using client = await QmpClient.connect(socket);
    const heard = Promise.withResolvers<QmpEvent>();
    client.onEvent(heard.resolve);
    await client.execute("cont");
    assertEquals((await heard.promise).event, "RESUME");
  });
});

Deno.test("QmpClient.execute() fails when qemu has gone", async () => {
  await withQemu(async (socket) => {
    await using client = await QmpClient.connect(socket);
    await client.execute("quit");
    while (!client.closed) await new Promise((resolve) => setTimeout(resolve, 10));
    const error = await assertRejects(() => client.execute("query-status"), MigrateError, "hung up");
    assertEquals(error.code, "tool/failed");
  });
});
