import { assertEquals } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { outcomeOf, outcomeOfError } from "../../src/watch/outcome.ts";
import { sampleReport, sampleVm } from "../support/sample_report.ts";

const RULE = { retries: 2, delayMs: 1000 };

Deno.test("outcomeOfError() retries what may pass, waiting twice as long each time, and then gives up", () => {
  const error = new MigrateError("network/failed", "Cannot reach x.");
  const outcomes = [1, 2, 3].map((attempt) => outcomeOfError(error, attempt, RULE, 0));
  assertEquals(outcomes.map((one) => [one.state, one.notBeforeMs]), [
    ["waiting", 1000],
    ["waiting", 2000],
    ["failed", undefined],
  ]);
});

Deno.test("outcomeOfError() does not retry what stays as it is", () => {
  const error = new MigrateError("source/damaged", "Cannot read x.", { hint: "Copy it again." });
  const { state, code, summary } = outcomeOfError(error, 1, RULE, 0);
  assertEquals([state, code, summary], ["failed", "source/damaged", "Cannot read x.\nCopy it again."]);
});

Deno.test("outcomeOfError() takes a stop as no attempt", () => {
  const { state, counts } = outcomeOfError(new MigrateError("run/cancelled", "Cancelled."), 1, RULE, 0);
  assertEquals([state, counts], ["waiting", false]);
});

Deno.test("outcomeOf() counts bytes and steps of a report", () => {
  const report = sampleReport("succeeded", sampleVm());
  const { state, numbers } = outcomeOf(report, 1, RULE, 0);
  assertEquals(state, "done");
  assertEquals(numbers?.machines, report.vms.length);
  assertEquals(numbers?.steps.length, report.vms.flatMap((vm) => vm.stages).length);
});
