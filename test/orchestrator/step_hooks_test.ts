import { assertEquals, assertStringIncludes } from "@std/assert";
import { jobSchema } from "../../src/config/schema.ts";
import type { HookEvent } from "../../src/hooks/run_hook.ts";
import type { RunEvent } from "../../src/model/event.ts";
import type { VmReport } from "../../src/model/report.ts";
import { Orchestrator } from "../../src/orchestrator/orchestrator.ts";
import { TempFolder } from "../support/temp.ts";

/** A run on a disk that is not there, with hooks; `$LOG` in a command is a file for its events. */
async function failingRun(
  hooks: readonly string[],
  more: Record<string, unknown> = {},
  plan = false,
): Promise<{ vm: VmReport; events: HookEvent[]; told: string[] }> {
  await using folder = await TempFolder.create();
  const log = folder.file("log");
  const hook = hooks.map((text) => text.replaceAll("$LOG", log));
  const job = jobSchema.parse({
    source: [folder.file("web.vmdk")],
    output: folder.file("out"),
    hook,
    ...more,
  });
  const told: string[] = [];
  const emit = (event: RunEvent): void => {
    if ("stage" in event) told.push(`${event.type} ${event.stage}`);
  };
  const orchestrator = new Orchestrator({ job, signal: new AbortController().signal, emit });
  const report = plan ? await orchestrator.plan() : await orchestrator.run();
  const text = await Deno.readTextFile(log).catch(() => "");
  const events = text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  return { vm: report.vms[0]!, events, told };
}

Deno.test("stepHooks() tells of a stage before it begins and when it has failed, and of the machine's end", async () => {
  const { vm, events } = await failingRun(
    [
      "post_report=cat >> $LOG",
      "pre_discover=cat >> $LOG",
      "post_discover=cat >> $LOG",
      "pre_open=cat >> $LOG",
    ],
  );
  assertEquals(events.map(({ point, status }) => [point, status]), [
    ["pre_discover", undefined],
    ["post_discover", "failed"],
    ["post_report", "failed"],
  ]);
  assertEquals(events[1]?.error?.code, "source/missing");
  assertEquals(vm.error?.code, "source/missing");
});

Deno.test("stepHooks() fails the machine before the stage when a hook before it fails", async () => {
  const { vm } = await failingRun(["pre_discover=exit 7"]);
  assertEquals(vm.error?.code, "hook/failed");
  assertStringIncludes(vm.error!.message, "pre_discover");
});

Deno.test("stepHooks() goes on with a warning under --hook-failure warn", async () => {
  const { vm } = await failingRun(["pre_discover=exit 7"], { hook_failure: "warn" });
  assertEquals(vm.error?.code, "source/missing");
  assertEquals(vm.concerns.map(({ id, severity }) => [id, severity]), [["hook/failed", "warning"]]);
});

Deno.test("stepHooks() keeps the first reason of a failure when a hook after it fails, too", async () => {
  const { vm } = await failingRun(["post_discover=exit 7"]);
  assertEquals(vm.error?.code, "source/missing");
  assertEquals(vm.concerns.map(({ id }) => id), ["hook/failed"]);
});

Deno.test("stepHooks() runs nothing for a plan", async () => {
  const { events } = await failingRun(["pre_discover=cat >> $LOG"], {}, true);
  assertEquals(events, []);
});

Deno.test("stepHooks() runs within its stage as it is told, and endHooks() as a stage of its own", async () => {
  const { told } = await failingRun(["post_discover=echo one", "post_report=echo two"]);
  assertEquals(told, [
    ...["stage-start discover", "activity discover", "stage-end discover"],
    ...["stage-start report", "activity report", "stage-end report"],
  ]);
});
