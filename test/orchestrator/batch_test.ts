import { assertEquals, assertStringIncludes } from "@std/assert";
import { jobSchema } from "../../src/config/schema.ts";
import { Batch } from "../../src/orchestrator/batch.ts";
import { readStatus } from "../../src/orchestrator/status.ts";
import { Journal } from "../../src/orchestrator/journal.ts";
import { renderResults } from "../../src/report/results.ts";
import { sampleReport, sampleVm } from "../support/sample_report.ts";
import { TempFolder } from "../support/temp.ts";

Deno.test("Batch reports machines in the order of the input; what depends on one that failed is not started", async () => {
  await using folder = await TempFolder.create();
  const output = folder.file("out");
  const machine = (
    name: string,
    dependsOn: string[],
  ): { job: ReturnType<typeof jobSchema.parse>; dependsOn: string[] } => ({
    job: jobSchema.parse({ source: [folder.file(`${name}.vmdk`)], name, output }),
    dependsOn,
  });
  const jobs = [machine("app", ["db"]), machine("db", []), machine("web", [])];
  const report = await new Batch({
    jobs,
    maxVms: 2,
    options: jobs[0]!.job,
    signal: new AbortController().signal,
  }).run();
  assertEquals(report.status, "failed");
  assertEquals(report.vms.map((vm) => [vm.name, vm.error?.code]), [
    ["app", "plan/blocked"],
    ["db", "source/missing"],
    ["web", "source/missing"],
  ]);
  assertEquals(await folder.names(), []);
});

Deno.test("renderResults() has a line for each machine", () => {
  const error = { code: "disk/damaged", message: "Cannot read db.vmdk: it is damaged." } as const;
  const text = renderResults(
    sampleReport("failed", sampleVm(), sampleVm({ name: "db", status: "failed", error })),
    { columns: 100, color: false, utf8: true },
  );
  assertStringIncludes(text, "1 of 2 machines converted");
  assertStringIncludes(text, "✘ db");
  assertStringIncludes(text, "it is damaged");
});

Deno.test("readStatus() says of a machine without a process that it was stopped, and what comes next", async () => {
  await using folder = await TempFolder.create();
  assertEquals(await readStatus(folder.path), null);
  {
    using journal = Journal.open(folder.path);
    journal.begin({ name: "web", key: "k", inputs: [], claims: [], startedAt: "2026-01-02" }, []);
  }
  const status = await readStatus(folder.path);
  assertEquals(status?.machines.map((one) => [one.name, one.state, one.next]), [
    ["web", "stopped", "The same command begins anew."],
  ]);
});
