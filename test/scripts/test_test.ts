import { assertEquals, assertThrows } from "@std/assert";
import { addCounts, countTests } from "../../scripts/test_counts.ts";
import { fastArgs, integrationArgs, longestFirst, parseTestArgs } from "../../scripts/test.ts";
import { MigrateError } from "../../src/model/error.ts";

const RUN = "a() works ... ok (1ms)\nb() works ... FAILED (2ms)\n";

Deno.test("countTests() reads deno's summary, steps and all", () => {
  const output = `${RUN}\nFAILED | 12 passed (3 steps) | 2 failed (1 step) | 4 ignored (7s)\n`;
  assertEquals(countTests(output, 1), { passed: 12, failed: 2, ignored: 4 });
});

Deno.test("countTests() reads a coloured summary", () => {
  const output = "\n\x1b[0m\x1b[32mok\x1b[0m | 3 passed | 0 failed \x1b[0m\x1b[38;5;245m(9ms)\x1b[0m\n";
  assertEquals(countTests(output, 0), { passed: 3, failed: 0, ignored: 0 });
});

Deno.test("countTests() counts a crash as a failure beside the tests before it", () => {
  assertEquals(countTests("a() works ... ok (1ms)\nb() works ...", 139), {
    passed: 1,
    failed: 1,
    ignored: 0,
  });
});

Deno.test("countTests() does not believe a clean summary with a bad status", () => {
  assertEquals(countTests("ok | 3 passed | 0 failed (9ms)\n", 1).failed, 1);
});

Deno.test("addCounts() adds up", () => {
  const one = { passed: 1, failed: 2, ignored: 3 };
  assertEquals(addCounts(one, one), { passed: 2, failed: 4, ignored: 6 });
});

Deno.test("parseTestArgs() sets up and runs everything by default", () => {
  assertEquals(parseTestArgs([]), { fast: false, setup: true });
});

Deno.test("parseTestArgs() needs no setup for the fast tests", () => {
  assertEquals(parseTestArgs(["--fast", "fstab"]), { fast: true, setup: false, filter: "fstab" });
});

Deno.test("parseTestArgs() refuses an unknown flag", () => {
  assertThrows(() => parseTestArgs(["--quick"]), MigrateError, "--quick");
});

Deno.test("fastArgs() leaves the integration tests out", () => {
  assertEquals(fastArgs("fstab").includes("--ignore=test/integration"), true);
  assertEquals(fastArgs("fstab").slice(-3), ["--filter", "fstab", "test"]);
});

Deno.test("integrationArgs() runs the whole file when its path has the word", () => {
  assertEquals(integrationArgs("test/integration/lvm_test.ts", "lvm").includes("--filter"), false);
});

Deno.test("integrationArgs() filters by name otherwise", () => {
  assertEquals(integrationArgs("test/integration/lvm_test.ts", "luks").includes("luks"), true);
});

Deno.test("longestFirst() starts with the files that take minutes, and has the others by name", () => {
  const files = ["watch", "kills", "ova", "guests"].map((name) => `test/integration/${name}_test.ts`);
  const names = longestFirst(files).map((file) => /(\w+)_test/.exec(file)?.[1]);
  assertEquals(names, ["guests", "kills", "ova", "watch"]);
});
