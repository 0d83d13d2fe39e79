import { assertEquals, assertMatch } from "@std/assert";
import { exitStatusOfError, exitStatusOfReport, formatError, isBlocked } from "../../src/cli/errors.ts";
import { MigrateError } from "../../src/model/error.ts";
import type { VmReport } from "../../src/model/report.ts";
import { sampleReport, sampleVm } from "../support/sample_report.ts";

const failedVm = (code: NonNullable<VmReport["error"]>["code"]): VmReport =>
  sampleVm({ status: "failed", error: { code, message: "Cannot." } });

Deno.test("exitStatusOfReport() is 0 for success", () => {
  assertEquals(exitStatusOfReport(sampleReport("succeeded", sampleVm())), 0);
});

Deno.test("exitStatusOfReport() is the error's own for one machine, and 1 for several", () => {
  assertEquals(exitStatusOfReport(sampleReport("failed", failedVm("space/full"))), 4);
  assertEquals(exitStatusOfReport(sampleReport("failed", failedVm("prove/unclear"))), 8);
  assertEquals(exitStatusOfReport(sampleReport("failed", failedVm("space/full"), sampleVm())), 1);
});

Deno.test("exitStatusOfReport() is 130 for a cancelled run", () => {
  assertEquals(exitStatusOfReport(sampleReport("cancelled", failedVm("run/cancelled"))), 130);
});

Deno.test("exitStatusOfReport() is 1 for a plan that a critical concern blocks", () => {
  const planned = sampleVm({ status: "planned" });
  const blocked = sampleVm({
    status: "planned",
    concerns: [{ id: "space/output", severity: "critical", message: "No space." }],
  });
  assertEquals([
    exitStatusOfReport(sampleReport("planned", planned)),
    isBlocked(sampleReport("planned", planned)),
  ], [
    0,
    false,
  ]);
  assertEquals(exitStatusOfReport(sampleReport("planned", blocked)), 1);
});

Deno.test("exitStatusOfError() knows errors of the system", () => {
  assertEquals(exitStatusOfError(new Deno.errors.PermissionDenied("x")), 3);
  assertEquals(exitStatusOfError(new Deno.errors.NotCapable("x")), 3);
  assertEquals(exitStatusOfError(Object.assign(new Error("No space left on device"), { code: "ENOSPC" })), 4);
  assertEquals(exitStatusOfError(new TypeError("x is undefined")), 1);
});

Deno.test("formatError() prints message and hint, and with debug the stacks of all causes", () => {
  const cause = new TypeError("inner");
  const error = new MigrateError("tool/failed", "Cannot copy: no.", { hint: "Try.", cause });
  assertEquals(formatError(error, false), "hyper2kvm: Cannot copy: no.\nhint: Try.\n");
  assertMatch(
    formatError(error, true),
    /MigrateError: Cannot copy[^]*\n {4}at [^]*TypeError: inner\n {4}at /,
  );
});
