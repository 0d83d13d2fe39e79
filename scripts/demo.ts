/**
 * `deno task demo [OPTION…]`: builds the sample VMware guest (once; it is kept in the user's cache folder)
 * and migrates it into ./hyper2kvm-demo. Options go to `hyper2kvm convert`.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { ensureGuest } from "../test/support/guests.ts";
import { runHere } from "./run_here.ts";
import { clearBrief, runScript, say, sayBriefly } from "./say.ts";
import { setUp } from "./setup.ts";

const CLI = fromFileUrl(new URL("../cli.ts", import.meta.url));
const OUTPUT = "hyper2kvm-demo";

/** Migrates the sample guest; returns the exit status of hyper2kvm. */
export async function demo(options: readonly string[]): Promise<number> {
  await setUp(["run", "sample"]);
  const { vmdk } = await sampleGuest();
  const args = ["convert", vmdk, "-o", OUTPUT, "--name", "sample", "--force", ...options];
  say(`$ hyper2kvm ${args.join(" ")}`);
  return await runHere(["run", "-A", CLI, ...args]);
}

async function sampleGuest(): Promise<{ vmdk: string }> {
  const startedAt = performance.now();
  let built = false;
  const onStep = (step: string): void => {
    if (!built) say("sample: building a Debian 12 guest as VMware exports it (once, about a minute)");
    built = true;
    if (Deno.stderr.isTerminal()) sayBriefly(`sample: ${step}`);
    else say(`sample: ${step}`);
  };
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  Deno.addSignalListener("SIGINT", abort);
  Deno.addSignalListener("SIGTERM", abort);
  try {
    const guest = await ensureGuest("bios", { onStep, signal: stop.signal });
    clearBrief();
    if (built) say(`sample: built in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
    return guest;
  } finally {
    Deno.removeSignalListener("SIGINT", abort);
    Deno.removeSignalListener("SIGTERM", abort);
  }
}

if (import.meta.main) await runScript(() => demo(Deno.args));
