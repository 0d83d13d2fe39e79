import { assertEquals } from "@std/assert";
import { reportsTellOf, writeReports } from "../../src/report/write.ts";
import { sampleReport, sampleVm } from "../support/sample_report.ts";
import { TempFolder } from "../support/temp.ts";

Deno.test("reportsTellOf() wants every report, and each machine as succeeded", async () => {
  await using folder = await TempFolder.create();
  const vm = sampleVm();
  assertEquals(await reportsTellOf([vm.name], folder.path), false);
  await writeReports(sampleReport("succeeded", vm), folder.path);
  assertEquals(await reportsTellOf([vm.name], folder.path), true);
  assertEquals(await reportsTellOf([vm.name, "other"], folder.path), false);
  await Deno.remove(folder.file("report.html"));
  assertEquals(await reportsTellOf([vm.name], folder.path), false);
});

Deno.test("reportsTellOf() does not take the report of a failure for one of the success after it", async () => {
  await using folder = await TempFolder.create();
  const vm = sampleVm({ status: "failed" });
  await writeReports(sampleReport("failed", vm), folder.path);
  assertEquals(await reportsTellOf([vm.name], folder.path), false);
});
