/**
 * How many tests passed, from what `deno test` printed.
 *
 * @module
 */

/** Numbers of tests. */
export interface TestCounts {
  /** Tests that passed. */
  readonly passed: number;
  /** Tests, and test files, that failed. */
  readonly failed: number;
  /** Tests that were skipped. */
  readonly ignored: number;
}

/** The last line of `deno test`; a file that cannot be loaded counts there as a failed test. */
const SUMMARY = /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed(?: \([^)]*\))?(.*)$/m;

// deno-lint-ignore no-control-regex
const COLOURS = /\x1b\[[0-9;]*m/g;

/**
 * Counts the tests of one run. A run without a summary (a crash, a time limit, a type error) is one failure
 * beside the tests that had passed by then.
 *
 * @param output What deno printed
 * @param status Its exit status
 */
export function countTests(output: string, status: number): TestCounts {
  const plain = output.replaceAll(COLOURS, "");
  const summary = SUMMARY.exec(plain);
  if (summary === null) {
    return { passed: plain.match(/ \.\.\. ok \(/g)?.length ?? 0, failed: 1, ignored: 0 };
  }
  const failed = Number(summary[2]);
  return {
    passed: Number(summary[1]),
    failed: status !== 0 && failed === 0 ? 1 : failed,
    ignored: Number(/(\d+) ignored/.exec(summary[3]!)?.[1] ?? 0),
  };
}

/** Adds up. */
export function addCounts(a: TestCounts, b: TestCounts): TestCounts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, ignored: a.ignored + b.ignored };
}
