import { assertEquals } from "@std/assert";
import { RunningStage, RunningStages } from "../../src/ui/running.ts";

Deno.test("amount() adds up the disks, and takes the rate from the last seconds", () => {
  const stage = new RunningStage("a", "copy", "Copy", 0);
  stage.advance(0, 0, 1_000, 0);
  stage.advance(1, 0, 1_000, 0);
  stage.advance(0, 100, 1_000, 1_000);
  assertEquals(stage.amount(1_000), {
    doneBytes: 100,
    totalBytes: 2_000,
    bytesPerSecond: 100,
    leftMs: 19_000,
  });
  for (let second = 2; second <= 20; second++) stage.advance(1, second * 10, 1_000, second * 1_000);
  assertEquals(Math.round(stage.amount(20_000)!.bytesPerSecond), 10);
});

Deno.test("amount() is undefined for a stage that counts no bytes", () => {
  assertEquals(new RunningStage("a", "open", "Open", 0).amount(5), undefined);
});

Deno.test("apply() ends a stage that began before the machine had a name", () => {
  const stages = new RunningStages();
  stages.apply({ type: "stage-start", vm: "", stage: "discover", title: "" }, 0);
  stages.apply(
    { type: "stage-end", vm: "a", stage: "discover", status: "done", elapsedMs: 1, summary: "" },
    1,
  );
  assertEquals([stages.list.length, stages.severalMachines], [0, false]);
});

Deno.test("apply() gives a word about an unannounced stage to the one that runs", () => {
  const stages = new RunningStages();
  stages.apply({ type: "stage-start", vm: "a", stage: "verify", title: "" }, 0);
  stages.apply({ type: "milestone", vm: "a", name: "kernel", atMs: 1 }, 1);
  assertEquals(stages.list[0]!.message, "kernel reached");
  const end = {
    type: "stage-end",
    vm: "a",
    stage: "copy",
    status: "done",
    elapsedMs: 1,
    summary: "",
  } as const;
  assertEquals([stages.apply(end, 2), stages.list.length], [undefined, 1]);
});
