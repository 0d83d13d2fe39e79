/**
 * `deno task test [--fast] [--no-setup] [WORD]`: installs what the tests need, runs the fast tests together
 * and each integration test file by itself, and ends with the line `N passed, N failed`.
 *
 * @module
 */
import { MigrateError } from "../src/model/error.ts";
import { runCommand } from "../src/run/command.ts";
import { print, runScript } from "./say.ts";
import { setUp } from "./setup.ts";
import { addCounts, countTests, type TestCounts } from "./test_counts.ts";

const INTEGRATION = "test/integration";

/** Longest time for the fast tests together, and for one integration test file, in minutes. */
const LIMIT_MINUTES = { fast: 10, integration: 20 };

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

/** Runs deno on tests, showing what it prints, and counts them. */
async function runTests(
  title: string,
  args: readonly string[],
  minutes: number,
  signal: AbortSignal,
): Promise<TestCounts> {
  print(`\n== ${title}`);
  let output = "";
  const show = (text: string): void => {
    output += text;
    Deno.stdout.writeSync(new TextEncoder().encode(text));
  };
  try {
    const { status } = await runCommand(Deno.execPath(), args, {
      signal,
      timeoutMs: minutes * 60_000,
      env: Deno.stdout.isTerminal() ? { FORCE_COLOR: "1" } : { NO_COLOR: "1" },
      okStatuses: Array.from({ length: 256 }, (_, status) => status),
      onStdout: show,
      onStderr: show,
    });
    return countTests(output, status);
  } catch (error) {
    if (!(error instanceof MigrateError) || error.code !== "tool/timeout") throw error;
    show(`\nStopped: it ran longer than ${minutes} minutes.\n`);
    return countTests(output, 1);
  }
}

async function integrationFiles(): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(INTEGRATION)) {
    if (entry.isFile && entry.name.endsWith("_test.ts")) files.push(`${INTEGRATION}/${entry.name}`);
  }
  return files.sort();
}

async function testAll(options: TestOptions, signal: AbortSignal): Promise<TestCounts> {
  let counts = await runTests("fast tests", fastArgs(options.filter), LIMIT_MINUTES.fast, signal);
  if (options.fast) return counts;
  for (const file of await integrationFiles()) {
    const args = integrationArgs(file, options.filter);
    counts = addCounts(counts, await runTests(file, args, LIMIT_MINUTES.integration, signal));
  }
  return counts;
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
