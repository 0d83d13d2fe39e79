import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { VmReport } from "../../src/model/report.ts";
import { renderLive } from "../../src/report/live_text.ts";
import { toMarkdown } from "../../src/report/markdown.ts";
import { sampleReport, sampleVm } from "../support/sample_report.ts";

const WIDE = { columns: 100, color: false, utf8: true };

function liveVm(changes: Partial<VmReport> = {}): VmReport {
  const { source: _source, proof: _proof, definition: _definition, ...vm } = sampleVm({ outputs: [] });
  return { ...vm, ...changes };
}

Deno.test("renderLive() shows result, changes, concerns, the report and the way back", () => {
  const text = renderLive(sampleReport("succeeded", liveVm()), WIDE, "/out");
  for (
    const part of [
      "✔ web-01: fixed for KVM in 1 min 12 s",
      "+1 -1: Device names change on virtio; a UUID does not.",
      "warning: KVM cannot be used",
      "/out/report.md",
      "hyper2kvm live-fix web-01 --undo",
    ]
  ) assertStringIncludes(text, part);
});

Deno.test("renderLive() says so when there is nothing to fix, and offers no way back", () => {
  const text = renderLive(sampleReport("succeeded", liveVm({ changes: [] })), WIDE);
  assertStringIncludes(text, "web-01: nothing to fix");
  assert(!text.includes("--undo"));
});

Deno.test("renderLive() of a failure gives no advice for what comes next", () => {
  const text = renderLive(sampleReport("failed", liveVm({ status: "failed" })), WIDE);
  assertStringIncludes(text, "web-01: failed after");
  assert(!text.includes("Next"));
});

Deno.test("renderLive() stays within narrow terminals", () => {
  const text = renderLive(sampleReport("succeeded", liveVm()), { ...WIDE, columns: 40 }, "/out");
  assertEquals(text.split("\n").filter((line) => line.length > 40), []);
});

Deno.test("toMarkdown() describes a guest that has no source", () => {
  const text = toMarkdown(sampleReport("succeeded", liveVm()));
  assertStringIncludes(text, "## Guest\n\n| Guest |");
  assert(!text.includes("## Source"));
});
