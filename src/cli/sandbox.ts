/**
 * Command `sandbox`.
 *
 * @module
 */
import { dirname } from "@std/path";
import { loadBatch, type LoadedBatch } from "../config/batch.ts";
import { parseFlags } from "../config/flags.ts";
import type { Needs } from "../confine/needs.ts";
import type { Permission } from "../confine/permissions.ts";
import { MigrateError } from "../model/error.ts";
import { exists } from "../run/files.ts";
import { requireSource } from "./convert.ts";
import { columnsOf, isUtf8, print, printError, wantsColor } from "./output.ts";
import { pageFor, pair } from "../report/page.ts";

/** Runs a job in bubblewrap, with what it needs and nothing else. */
export async function run(args: readonly string[]): Promise<number> {
  const batch = await loadBatch("sandbox", args);
  for (const { job } of batch.jobs) {
    requireSource("sandbox", job);
    if (job.output !== undefined) continue;
    throw new MigrateError("usage/missing-argument", "Cannot sandbox: no output folder is given.", {
      hint: "Name one: -o DIR",
    });
  }
  await using made = await makeFolders(batch);
  const { confine } = await import("../confine/confine.ts");
  const stop = new AbortController();
  const confined = await confine(batch, configsOf(args), stop.signal);
  if (batch.shared.job.explain && batch.shared.job.json) {
    print(`${JSON.stringify(confined, null, 2)}\n`);
    return 0;
  }
  if (batch.shared.job.explain) {
    print(explain(confined.needs, confined.permissions, confined.command));
    return 0;
  }
  if (!batch.shared.job.quiet) printError(explain(confined.needs, confined.permissions));
  const { runConfined } = await import("../confine/run_confined.ts");
  made.keep();
  return await runConfined(confined.command, innerArgs(args, batch));
}

/** What the program in the sandbox is started with: the same job. */
function innerArgs(args: readonly string[], batch: LoadedBatch): string[] {
  const command = batch.hasJobFiles ? "run" : "convert";
  return [command, ...args.filter((arg) => arg !== "--explain")];
}

/** The job files among the arguments. */
function configsOf(args: readonly string[]): string[] {
  const { config = [], source = [], csv } = parseFlags("sandbox", args);
  const named = (source as string[]).filter((path) => /\.(ya?ml|json)$/i.test(path));
  return [...config as string[], ...named, ...(csv === undefined ? [] : [csv as string])];
}

/** The needs and the permissions for people, and with `command` what is run. */
export function explain(
  needs: Needs,
  permissions: readonly Permission[],
  command?: readonly string[],
): string {
  const page = pageFor({
    columns: columnsOf(Deno.stderr),
    color: wantsColor(Deno.stderr, true),
    utf8: isUtf8(),
  });
  const rows: [string, string][] = [
    ["reads", needs.reads.join(" ")],
    ["writes", [...needs.writes, ...needs.writtenFiles].join(" ")],
    ["network", needs.network.length === 0 ? "none" : needs.network.join(", ")],
    ["devices", needs.devices.length === 0 ? "none" : needs.devices.join(" ")],
    ["libvirt", needs.libvirtSocket ?? "no"],
  ];
  return [
    page.paint("bold", "The sandbox of this job"),
    ...rows.flatMap(([name, text]) => pair(page, name, text, 8)),
    page.paint("bold", "Deno permissions"),
    ...permissions.flatMap(({ flag, why }) => pair(page, flag, why, 12)),
    ...command === undefined ? [] : [page.paint("bold", "Command"), `  ${command.map(quoted).join(" ")}`],
  ].join("\n") + "\n";
}

const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** Makes the folders that are written, because bubblewrap binds only what is there; without `keep` they go again. */
async function makeFolders({ jobs }: LoadedBatch): Promise<AsyncDisposable & { keep(): void }> {
  const made: string[] = [];
  for (const { job } of jobs) {
    for (const folder of [job.output!, ...(job.work_dir === undefined ? [] : [job.work_dir])]) {
      for (let path = folder; !await exists(path); path = dirname(path)) made.push(path);
      await Deno.mkdir(folder, { recursive: true });
    }
    if (job.log_file !== undefined && !await exists(job.log_file)) {
      await Deno.writeTextFile(job.log_file, "", { mode: 0o600 });
    }
  }
  let isKept = false;
  return {
    keep: () => void (isKept = true),
    [Symbol.asyncDispose]: async () => {
      if (isKept) return;
      for (const path of made) await Deno.remove(path);
    },
  };
}
