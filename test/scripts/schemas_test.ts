import { assertEquals } from "@std/assert";
import { Ajv } from "ajv";
import { makeSchemas } from "../../scripts/schemas.ts";
import eventsSchema from "../../src/ui/events.schema.json" with { type: "json" };
import reportSchema from "../../src/report/report.schema.json" with { type: "json" };
import { createProgress } from "../../src/ui/progress.ts";
import { FakeScreen } from "../support/fake_screen.ts";
import { sampleEvents, sampleReport, sampleVm } from "../support/sample_report.ts";

const ajv = new Ajv({ strict: false });

Deno.test("makeSchemas() makes what is in the tree: deno run -A scripts/schemas.ts after a change of the types", async () => {
  for (const [path, text] of makeSchemas()) {
    assertEquals(JSON.parse(await Deno.readTextFile(path)), JSON.parse(text), path);
  }
});

Deno.test("the schema of reports accepts a report, and no other thing", () => {
  const isReport = ajv.compile(reportSchema);
  const report = JSON.parse(JSON.stringify(sampleReport("succeeded", sampleVm())));
  assertEquals([isReport(report), isReport.errors], [true, null]);
  assertEquals(isReport({ ...report, schemaVersion: 2 }), false);
  assertEquals(isReport({ ...report, vms: [{ name: "web" }] }), false);
});

Deno.test("the schema of events accepts every line of --progress json", async () => {
  const isLine = ajv.compile(eventsSchema);
  const screen = new FakeScreen(80);
  using progress = await createProgress("json", screen);
  for (const event of sampleEvents()) progress.emit(event);
  progress.log("warning", "a word");
  for (const line of screen.text.trimEnd().split("\n")) {
    assertEquals([isLine(JSON.parse(line)), isLine.errors], [true, null], line);
  }
  assertEquals(isLine({ type: "progress", time: "", vm: "a" }), false);
});
