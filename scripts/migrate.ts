/**
 * `deno task migrate [DISK [-o OUT] …]`: installs what is missing and migrates the disk; without a disk, the
 * sample VMware guest, built here and migrated in front of you.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { demo } from "./demo.ts";
import { runHere } from "./run_here.ts";
import { runScript } from "./say.ts";
import { setUp } from "./setup.ts";

const CLI = fromFileUrl(new URL("../cli.ts", import.meta.url));

/** Arguments of `hyper2kvm convert` for those of this task: the output folder has a default here. */
export function convertArgs(args: readonly string[]): string[] {
  const hasOutput = args.some((arg) => /^(-o.*|--output(=.*)?|-[hV]|--help)$/.test(arg));
  return ["convert", ...args, ...(hasOutput ? [] : ["-o", "hyper2kvm-out"])];
}

if (import.meta.main) {
  await runScript(async () => {
    if (Deno.args.length === 0) return await demo([]);
    if (!Deno.args.some((arg) => arg === "-h" || arg === "--help")) await setUp(["run"]);
    return await runHere(["run", "-A", CLI, ...convertArgs(Deno.args)]);
  });
}
