import { assertEquals, assertStringIncludes } from "@std/assert";
import { toMetrics } from "../../src/report/metrics.ts";
import { sampleReport, sampleVm } from "../support/sample_report.ts";

Deno.test("toMetrics() counts machines, failures, seconds and bytes", () => {
  const error = { code: "disk/damaged", message: "" } as const;
  const text = toMetrics(
    sampleReport("failed", sampleVm(), sampleVm({ name: 'a"b\\', status: "failed", error })),
  );
  for (
    const line of [
      "hyper2kvm_run_seconds 72",
      'hyper2kvm_machines{status="succeeded"} 1',
      'hyper2kvm_machines{status="failed"} 1',
      'hyper2kvm_failures{code="disk/damaged"} 1',
      'hyper2kvm_step_seconds{vm="web-01",step="copy",status="done"} 65',
      'hyper2kvm_output_bytes{vm="a\\"b\\\\"} 398458880',
    ]
  ) assertStringIncludes(text, `${line}\n`);
});

Deno.test("toMetrics() has each line in the form of the text format", () => {
  for (const line of toMetrics(sampleReport("succeeded", sampleVm())).trimEnd().split("\n")) {
    const isLine = /^# (HELP|TYPE) hyper2kvm_[a-z_]+ .+$|^hyper2kvm_[a-z_]+(\{[^{}]*\})? [\d.e+-]+$/.test(
      line,
    );
    assertEquals([line, isLine], [line, true]);
  }
});
