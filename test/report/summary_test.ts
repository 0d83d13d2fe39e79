import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Change } from "../../src/model/change.ts";
import { renderPlan } from "../../src/report/plan_text.ts";
import { renderSummary } from "../../src/report/summary.ts";
import { sampleReport, sampleVm } from "../support/sample_report.ts";

const WIDE = { columns: 100, color: false, utf8: true };

Deno.test("renderSummary() shows result, outputs, changes, concerns, boot proof and the next command", () => {
  const text = renderSummary(sampleReport("succeeded", sampleVm()), WIDE);
  for (
    const part of [
      "✔ web-01: converted, and shown to boot in 1 min 12 s",
      "/out/web-01.qcow2  380 MiB on storage, 4 GiB for the guest",
      "+1 -1: Device names change on virtio; a UUID does not.",
      "warning: KVM cannot be used",
      "booted: a login prompt on the serial console (emulation, 41 s)",
      "virsh --connect qemu:///system define /out/web-01.xml",
    ]
  ) assertStringIncludes(text, part);
});

Deno.test("renderSummary() does not claim a boot that was not tried", () => {
  const { proof: _proof, ...vm } = sampleVm();
  const text = renderSummary(sampleReport("succeeded", vm), WIDE);
  assertStringIncludes(text, "converted, not booted");
  assert(!text.includes("Boot proof"));
});

Deno.test("renderSummary() only starts a machine that is defined already", () => {
  const text = renderSummary(sampleReport("succeeded", sampleVm({ definedOn: "test:///default" })), WIDE);
  assertStringIncludes(text, "virsh --connect test:///default start web-01");
  assert(!text.includes(" define "));
});

Deno.test("renderSummary() stays within narrow terminals, but for what is to be copied", () => {
  const text = renderSummary(sampleReport("succeeded", sampleVm()), { ...WIDE, columns: 40 });
  const wide = text.split("\n").filter((line) => line.length > 40 && !/virsh/.test(line));
  assertEquals(wide, []);
});

Deno.test("renderPlan() shows diffs and the verdict", () => {
  const text = renderPlan(sampleReport("planned", sampleVm({ status: "planned" })), WIDE);
  for (
    const part of [
      "-/dev/sda1 / ext4",
      "+UUID=1234-abcd / ext4",
      "Ready: 2 files of the guest would change.",
      "/boot/grub/device.map  No boot entry reads it.",
    ]
  ) assertStringIncludes(text, part);
});

Deno.test("renderPlan() says what blocks", () => {
  const vm = sampleVm({
    status: "planned",
    concerns: [{ id: "space/output", severity: "critical", message: "No space." }],
  });
  assertStringIncludes(renderPlan(sampleReport("planned", vm), WIDE), "Blocked: 1 critical concern.");
});

Deno.test("renderPlan() keeps control characters of a guest's file off the terminal", () => {
  const [fstab] = sampleVm().changes;
  const vm = sampleVm({
    status: "planned",
    changes: [{ ...fstab, after: "\x1b[2J\n" } as Change],
  });
  assert(!renderPlan(sampleReport("planned", vm), WIDE).includes("\x1b"));
});
