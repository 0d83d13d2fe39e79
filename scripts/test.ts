/**
 * `deno task test [--fast] [--no-setup] [WORD]`: installs what the tests need, runs the fast tests together,
 * then the integration test files, each by itself and two at a time, and ends with the line
 * `N passed, N failed`.
 *
 * @module
 */
import pLimit from "p-limit";
import { MigrateError } from "../src/model/error.ts";
import { runCommand } from "../src/run/command.ts";
import { print, runScript } from "./say.ts";
import { setUp } from "./setup.ts";
import { addCounts, countTests, type TestCounts } from "./test_counts.ts";

const INTEGRATION = "test/integration";

/** Longest time for the fast tests together, and for one integration test file, in minutes. */
const LIMIT_MINUTES = { fast: 10, integration: 30 };

/**
 * Integration test files at a time. An emulated guest keeps one core busy, and a lane's appliance takes 1.3 GiB;
 * what the files share (built guests, the appliance's cache) is behind locks, and their daemons are their own.
 */
const LANES = Math.min(2, navigator.hardwareConcurrency);

/** The files that take minutes. They come first, so that no lane is left with one of them at the end. */
const LONGEST = ["guests", "kills", "virt_v2v_pipeline", "libvirt_guests", "live_fix", "damaged"];

/** What the command line asks for. */
export interface TestOptions {
  /** Only the tests that need no root, no emulation and no setup. */
  readonly fast: boolean;
  /** Whether to install what is missing first. */
  readonly setup: boolean;
  /** Runs the tests whose name, or integration file whose path, contains it. */
  readonly filter?: string;
}

/** Reads the command line. */
export function parseTestArgs(args: readonly string[]): TestOptions {
  const words = args.filter((arg) => !arg.startsWith("--"));
  const unknown = args.find((arg) => arg.startsWith("--") && !["--fast", "--no-setup"].includes(arg));
  if (unknown !== undefined || words.length > 1) {
    throw new MigrateError("usage/bad-option", `Cannot run the tests: what is ${unknown ?? words[1]}?`, {
      hint: "deno task test [--fast] [--no-setup] [WORD of a test's name or an integration test's path]",
    });
  }
  const fast = args.includes("--fast");
  const [filter] = words;
  return { fast, setup: !fast && !args.includes("--no-setup"), ...(filter === undefined ? {} : { filter }) };
}

/** Checks for leaks: on by default up to Deno 2.8, and named flags since. */
function leakChecks(): string[] {
  const [major = 0, minor = 0] = Deno.version.deno.split(".").map(Number);
  return major > 2 || minor >= 9 ? ["--sanitize-ops", "--sanitize-resources"] : [];
}

/** Arguments of deno for the fast tests: a file on each core, because most of their time goes to starting programs. */
export function fastArgs(filter?: string): string[] {
  const wanted = filter === undefined ? [] : ["--filter", filter];
  const ignored = `--ignore=${INTEGRATION}`;
  return ["test", "-A", "--parallel", ...leakChecks(), "--permit-no-files", ignored, ...wanted, "test"];
}

/** Arguments of deno for one integration test file; `wanted` is left out when the path has the word. */
export function integrationArgs(file: string, filter?: string): string[] {
  const wanted = filter === undefined || file.includes(filter) ? [] : ["--filter", filter];
  return ["test", "-A", ...leakChecks(), "--no-check", ...wanted, file];
}

/** What one run of deno has told. */
interface TestRun {
  readonly counts: TestCounts;
  readonly output: string;
}

/** Runs deno on tests and counts them; `show` gets what it prints at once. */
async function runTests(
  args: readonly string[],
  minutes: number,
  signal: AbortSignal,
  show: (text: string) => void = () => {},
): Promise<TestRun> {
  let output = "";
  const keep = (text: string): void => {
    output += text;
    show(text);
  };
  try {
    const { status } = await runCommand(Deno.execPath(), args, {
      signal,
      timeoutMs: minutes * 60_000,
      env: Deno.stdout.isTerminal() ? { FORCE_COLOR: "1" } : { NO_COLOR: "1" },
      okStatuses: Array.from({ length: 256 }, (_, status) => status),
      onStdout: keep,
      onStderr: keep,
    });
    return { counts: countTests(output, status), output };
  } catch (error) {
    if (!(error instanceof MigrateError) || error.code !== "tool/timeout") throw error;
    keep(`\nStopped: it ran longer than ${minutes} minutes.\n`);
    return { counts: countTests(output, 1), output };
  }
}

async function integrationFiles(): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(INTEGRATION)) {
    if (entry.isFile && entry.name.endsWith("_test.ts")) files.push(`${INTEGRATION}/${entry.name}`);
  }
  return longestFirst(files);
}

/** Puts the files that take minutes before the others, which keep the order of their names. */
export function longestFirst(files: readonly string[]): string[] {
  const place = (file: string): number => {
    const at = LONGEST.findIndex((name) => file === `${INTEGRATION}/${name}_test.ts`);
    return at < 0 ? LONGEST.length : at;
  };
  return files.toSorted().sort((a, b) => place(a) - place(b));
}

/** Runs the integration tests in lanes; what a file printed is shown whole when it has ended. */
async function runIntegration(filter: string | undefined, signal: AbortSignal): Promise<TestCounts[]> {
  const limit = pLimit(LANES);
  return await limit.map(await integrationFiles(), async (file) => {
    const { counts, output } = await runTests(
      integrationArgs(file, filter),
      LIMIT_MINUTES.integration,
      signal,
    );
    print(`\n== ${file}\n${output.trimEnd()}`);
    return counts;
  });
}

async function testAll(options: TestOptions, signal: AbortSignal): Promise<TestCounts> {
  print("\n== fast tests");
  const show = (text: string): void => void Deno.stdout.writeSync(new TextEncoder().encode(text));
  const { counts: fast } = await runTests(fastArgs(options.filter), LIMIT_MINUTES.fast, signal, show);
  if (options.fast) return fast;
  return (await runIntegration(options.filter, signal)).reduce(addCounts, fast);
}

if (import.meta.main) {
  await runScript(async () => {
    const options = parseTestArgs(Deno.args);
    if (options.setup) await setUp(["run", "sample", "test"]);
    const stop = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.addSignalListener(signal, () => stop.abort());
    }
    const startedAt = performance.now();
    const { passed, failed, ignored } = await testAll(options, stop.signal);
    print(`\n${((performance.now() - startedAt) / 1000).toFixed(0)} s, ${ignored} skipped`);
    print(`${passed} passed, ${failed} failed`);
    return failed > 0 || passed === 0 ? 1 : 0;
  });
}
