/**
 * `deno task bench [--only NAME,…] [--runs N] [--disk FILE.vmdk]`: runs our conversion, virt-v2v, qemu-img and
 * a bare appliance launch on the same guest, prints what each cost, and writes dist/bench.json.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import { MigrateError } from "../src/model/error.ts";
import type { Report } from "../src/model/report.ts";
import { runCommand } from "../src/run/command.ts";
import type { Accelerator } from "../src/run/context.ts";
import { probeAccelerator } from "../src/verify/kvm_probe.ts";
import { ensureGuest } from "../test/support/guests.ts";
import { type Contestant, CONTESTANTS, V2V_MESSAGES } from "./bench/contestants.ts";
import { type BenchRun, type Cost, median, type Ratio, ratios } from "./bench/cost.ts";
import { messageTimes, reportTimes, type StageTimes } from "./bench/stage_times.ts";
import { costTable, ratioTable } from "./bench/table.ts";
import { print, runScript, say } from "./say.ts";
import { setUp } from "./setup.ts";

const MEASURE = fromFileUrl(new URL("./bench/measure.ts", import.meta.url));
const DIST = fromFileUrl(new URL("../dist/", import.meta.url));

/** What the command line asks for. */
export interface BenchOptions {
  /** The commands to run. */
  readonly contestants: readonly Contestant[];
  /** How often each runs. */
  readonly runs: number;
  /** A disk instead of the sample guest's. */
  readonly disk?: string;
}

/** Reads the command line. */
export function parseBenchArgs(args: readonly string[]): BenchOptions {
  const values = new Map<string, string>();
  for (let at = 0; at < args.length; at += 2) {
    const [name, value] = [args[at]!, args[at + 1]];
    if (!["--only", "--runs", "--disk"].includes(name) || value === undefined) {
      throw usage(`what is ${name}${value === undefined ? " without a value" : ""}?`);
    }
    values.set(name, value);
  }
  const names = values.get("--only")?.split(",") ?? CONTESTANTS.map(({ name }) => name);
  const unknown = names.find((name) => !CONTESTANTS.some((one) => one.name === name));
  if (unknown !== undefined) throw usage(`there is no "${unknown}".`);
  const runs = Number(values.get("--runs") ?? 1);
  if (!Number.isInteger(runs) || runs < 1) throw usage("--runs takes a whole number from 1.");
  const disk = values.get("--disk");
  return {
    contestants: CONTESTANTS.filter(({ name }) => names.includes(name)),
    runs,
    ...(disk === undefined ? {} : { disk }),
  };
}

function usage(reason: string): MigrateError {
  return new MigrateError("usage/bad-option", `Cannot run the bench: ${reason}`, {
    hint: `deno task bench [--only ${
      CONTESTANTS.map(({ name }) => name).join(",")
    }] [--runs N] [--disk FILE.vmdk]`,
  });
}

/** Runs one command once, in a folder of its own that is removed afterwards. */
async function runOnce(contestant: Contestant, vmdk: string, accelerator: Accelerator): Promise<BenchRun> {
  const folder = await Deno.makeTempDir({ dir: DIST, prefix: "bench-" });
  try {
    const output = join(folder, "out");
    const result = join(folder, "cost.json");
    await Deno.mkdir(output);
    const source = await contestant.source?.(vmdk, folder) ?? vmdk;
    await runCommand("sync", ["-f", folder]);
    const command = contestant.command(source, output, accelerator);
    const { stderr } = await runCommand(Deno.execPath(), ["run", "-A", MEASURE, result, ...command]);
    const cost: Cost = JSON.parse(await Deno.readTextFile(result));
    if (cost.status !== 0) say(stderr.trimEnd());
    const startedAt = performance.now();
    await runCommand("sync", ["-f", output]);
    const syncMs = performance.now() - startedAt;
    const times = { ...await ourTimes(output), ...await v2vTimes(output) };
    const outputBytes = await allocatedBytes(output);
    return {
      name: contestant.name,
      ...cost,
      syncMs,
      outputBytes,
      ...times,
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What the files of a folder take on storage, in bytes. */
async function allocatedBytes(folder: string): Promise<number> {
  let total = 0;
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) total += await allocatedBytes(path);
    else if (entry.isFile) total += ((await Deno.stat(path)).blocks ?? 0) * 512;
  }
  return total;
}

/** How long copy and fixes took, from our report; nothing when there is none. */
async function ourTimes(output: string): Promise<StageTimes> {
  const text = await textOf(join(output, "report.json"));
  return text === null ? {} : reportTimes(JSON.parse(text) as Report);
}

/** How long virt-v2v took for its fixes, from its messages; nothing when there are none. */
async function v2vTimes(output: string): Promise<StageTimes> {
  const text = await textOf(join(output, V2V_MESSAGES));
  return text === null ? {} : messageTimes(text);
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Once without measuring: the appliance and deno's caches are made on first use. */
async function warmUp(
  contestants: readonly Contestant[],
  vmdk: string,
  accelerator: Accelerator,
): Promise<void> {
  const cold = contestants.filter(({ name }) => name === "launch" || name === "ours");
  for (const contestant of cold) {
    say(`bench: warming up: ${contestant.name}`);
    await runOnce(contestant, vmdk, accelerator);
  }
}

async function benchAll(options: BenchOptions): Promise<{ runs: BenchRun[]; accelerator: Accelerator }> {
  const vmdk = options.disk ?? (await ensureGuest("bios", { onStep: (step) => say(`guest: ${step}`) })).vmdk;
  const { accelerator, reason } = await probeAccelerator();
  say(`bench: ${vmdk}, ${accelerator} (${reason}), ${navigator.hardwareConcurrency} CPUs`);
  await Deno.mkdir(DIST, { recursive: true });
  await warmUp(options.contestants, vmdk, accelerator);
  const runs: BenchRun[] = [];
  for (let round = 0; round < options.runs; round++) {
    for (const contestant of options.contestants) {
      say(`bench: ${contestant.name}: ${contestant.title}`);
      runs.push(await runOnce(contestant, vmdk, accelerator));
    }
  }
  return { runs, accelerator };
}

async function writeJson(result: object): Promise<void> {
  await Deno.writeTextFile(join(DIST, "bench.json"), `${JSON.stringify(result, null, 2)}\n`);
}

if (import.meta.main) {
  await runScript(async () => {
    const options = parseBenchArgs(Deno.args);
    await setUp(["run", "sample", "test"]);
    const { runs, accelerator } = await benchAll(options);
    const middle = options.contestants.flatMap(({ name }) =>
      median(runs.filter((run) => run.name === name)) ?? []
    );
    const compared: Ratio[] = ratios(new Map(middle.map((run) => [run.name, run])));
    const host = { cpus: navigator.hardwareConcurrency, kernel: Deno.osRelease(), accelerator };
    await writeJson({ schemaVersion: 1, host, runs, median: middle, ratios: compared });
    for (const line of costTable(middle)) print(line);
    print("");
    for (const line of ratioTable(compared)) print(line);
    print(`\nWritten to ${join(DIST, "bench.json")}`);
    return runs.every(({ status }) => status === 0) ? 0 : 1;
  });
}
