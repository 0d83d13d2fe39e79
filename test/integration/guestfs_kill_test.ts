/**
 * What is left when a program with an appliance is interrupted, exits in the middle of a call, or is killed.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { TextLineStream } from "@std/streams";
import { join } from "@std/path";
import { removeSockets } from "../../src/guest/appliance.ts";
import { APPLIANCE_NEEDS, ImageGuest, qemusOf } from "../support/guestfs_image.ts";
import { testNeeding } from "../support/needs.ts";

/** libguestfs's own watcher looks every two seconds whether its program is alive. */
const RECOVERY_MS = 6000;

/** A child that works on an image, in a process group of its own. */
class Child {
  readonly #process: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(action: "launch" | "download" | "exit", guest: ImageGuest) {
    const script = new URL("../support/guest_child.ts", import.meta.url).pathname;
    const args = ["run", "-A", script, action, guest.image, guest.tmpDir];
    const options = { args, stdout: "piped", stderr: "inherit", detached: true } as const;
    this.#process = new Deno.Command(Deno.execPath(), options).spawn();
    const text = this.#process.stdout
      .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
      .pipeThrough(new TextLineStream());
    this.#lines = text[Symbol.asyncIterator]();
  }

  /** Waits for a line that starts with a word. */
  async line(word: string): Promise<string> {
    while (true) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`the child ended before it said ${word}`);
      if (value.startsWith(word)) return value;
    }
  }

  /** Signals the whole group, as a terminal does on Ctrl-C. */
  signal(name: Deno.Signal): void {
    Deno.kill(-this.#process.pid, name);
  }

  /** Exit status and signal, when it has ended. */
  async end(): Promise<Deno.CommandStatus> {
    while (!(await this.#lines.next()).done);
    return await this.#process.status;
  }
}

/** Waits until no qemu names the folder; fails after six seconds. */
async function assertNoQemu(folder: string): Promise<void> {
  const end = performance.now() + RECOVERY_MS;
  while ((await qemusOf(folder)).length > 0 && performance.now() < end) await pause(100);
  assertEquals(await qemusOf(folder), []);
}

testNeeding(APPLIANCE_NEEDS, "GuestSession leaves nothing after Ctrl-C during the launch", async () => {
  await using guest = await ImageGuest.create();
  const child = new Child("launch", guest);
  await child.line("launching");
  while ((await qemusOf(guest.tmpDir)).length === 0) await pause(50);
  await pause(1000);
  child.signal("SIGINT");
  assertEquals(await child.line("MigrateError"), "MigrateError: Cancelled.");
  assertEquals((await child.end()).code, 130);
  await guest.assertClean();
});

testNeeding(APPLIANCE_NEEDS, "GuestSession leaves nothing after Ctrl-C during a download", async () => {
  await using guest = await ImageGuest.create();
  const child = new Child("download", guest);
  await child.line("downloading");
  child.signal("SIGINT");
  assertEquals((await child.end()).code, 130);
  await guest.assertClean();
});

testNeeding(APPLIANCE_NEEDS, "GuestSession survives an exit in the middle of a call", async () => {
  await using guest = await ImageGuest.create();
  const child = new Child("exit", guest);
  const { code, signal } = await child.end();
  assertEquals([code, signal], [7, null]); // no crash
  await assertNoQemu(guest.tmpDir);
  await removeSockets(guest.tmpDir);
});

testNeeding(APPLIANCE_NEEDS, "removeSockets() removes what a killed session left", async () => {
  await using guest = await ImageGuest.create();
  const child = new Child("download", guest);
  await child.line("downloading");
  child.signal("SIGKILL");
  await child.end();
  await assertNoQemu(guest.tmpDir);
  const names = await Array.fromAsync(Deno.readDir(guest.tmpDir), ({ name }) => name);
  const record = names.find((name) => name.endsWith(".sockets"));
  assert(record !== undefined, `no record in ${names}`);
  // Its other temporary files are in our folder, which goes with the run.
  assert(names.some((name) => /^libguestfs\w{6}$/.test(name)), `${names}`);
  const sockets = await Deno.readTextFile(join(guest.tmpDir, record));
  assertEquals((await Deno.stat(sockets)).isDirectory, true);
  await removeSockets(guest.tmpDir);
  assertEquals(await Deno.stat(sockets).catch((error) => error.name), "NotFound");
});

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
