/**
 * A program of its own for the tests that end it: opens an image and does what the first argument says. Like
 * the real one, it cancels on SIGINT and ends with the exit status of its error.
 *
 * Usage: guest_child.ts launch|download|exit IMAGE TMPDIR
 *
 * @module
 */
import { GuestSession } from "../../src/guest/session.ts";
import { MigrateError } from "../../src/model/error.ts";

const [action, image, tmpDir] = Deno.args as [string, string, string];
const abort = new AbortController();
Deno.addSignalListener("SIGINT", () => abort.abort());

async function say(word: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${word}\n`));
}

async function work(): Promise<void> {
  await say("launching");
  await using guest = await GuestSession.open({
    disks: [{ path: image, format: "raw", readonly: true }],
    accelerator: "tcg",
    tmpDir,
    signal: abort.signal,
  });
  await say(`launched ${await guest.appliancePid()}`);
  await guest.call("mount_ro", "/dev/sda", "/");
  const transfer = guest.call("download", "/big", "/dev/null");
  await say("downloading");
  if (action === "exit") Deno.exit(7); // in the middle of the call, with nothing closed
  await transfer;
}

try {
  await work();
  Deno.exit(0);
} catch (error) {
  await say(`${(error as Error).name}: ${(error as Error).message}`);
  Deno.exit(error instanceof MigrateError ? error.exitStatus : 1);
}
