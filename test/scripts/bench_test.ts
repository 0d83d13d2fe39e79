import { assertEquals, assertThrows } from "@std/assert";
import { type BenchRun, median, ratios } from "../../scripts/bench/cost.ts";
import { parentOf, processTree, residentBytes } from "../../scripts/bench/proc.ts";
import { messageTimes, reportTimes } from "../../scripts/bench/stage_times.ts";
import { alignColumns, costTable, ratioTable } from "../../scripts/bench/table.ts";
import { parseBenchArgs } from "../../scripts/bench.ts";
import type { Report } from "../../src/model/report.ts";
import { MigrateError } from "../../src/model/error.ts";

function run(name: string, wallMs: number, more: Partial<BenchRun> = {}): BenchRun {
  return {
    ...{ name, wallMs, status: 0, cpuMs: 1, syncMs: 0, uncountedProcesses: 0, cancelledBytes: 0 },
    ...{ peakOwnBytes: 100e6, peakTreeBytes: 300e6, writtenBytes: 410e6, outputBytes: 400e6 },
    ...more,
  };
}

Deno.test("median() takes the run in the middle", () => {
  assertEquals(median([run("a", 30), run("a", 10), run("a", 20)])?.wallMs, 20);
  assertEquals(median([]), undefined);
});

Deno.test("ratios() compares with what has run", () => {
  const runs = [run("ours", 30, { copyMs: 5 }), run("virt-v2v", 150), run("qemu-img", 10)];
  const found = ratios(new Map(runs.map((one) => [one.name, one])));
  assertEquals(found.map(({ value }) => value), [0.2, 0.5, 1.025, 0.5]);
});

Deno.test("ratios() compares the fixes alone where both say how long they took", () => {
  const runs = [run("ours", 30, { fixMs: 20 }), run("virt-v2v", 150, { fixMs: 100 })];
  const found = ratios(new Map(runs.map((one) => [one.name, one])));
  assertEquals(found.find(({ what }) => what.startsWith("fixes"))?.value, 0.2);
});

Deno.test("messageTimes() takes virt-v2v's time from opening the source to copying", () => {
  const line = (message: string, second: string): string =>
    JSON.stringify({ message, timestamp: `2026-01-02T03:04:${second}.500000000+00:00`, type: "message" });
  const text = [
    line("Setting up the source", "00"),
    line("Opening the source", "01"),
    "3/100",
    line("Copying disk 1/1", "31"),
  ];
  assertEquals(messageTimes(text.join("\n")), { fixMs: 30_000 });
  assertEquals(messageTimes(text.slice(0, 2).join("\n")), {});
});

Deno.test("reportTimes() adds up the stages with an appliance", () => {
  const stages = ["open", "inspect", "fix", "copy"].map((stage, index) => ({ stage, elapsedMs: index + 1 }));
  const times = (count: number): unknown =>
    reportTimes({ vms: [{ stages: stages.slice(0, count) }] } as unknown as Report);
  assertEquals([times(4), times(2)], [{ copyMs: 4, fixMs: 6 }, {}]);
});

Deno.test("ratios() says nothing without our run", () => {
  assertEquals(ratios(new Map([["virt-v2v", run("virt-v2v", 1)]])), []);
});

Deno.test("ratioTable() says which promise is missed", () => {
  const lines = ratioTable([{ what: "a", value: 1, limit: 2 }, { what: "b", value: 3, limit: 2 }]);
  assertEquals(lines.slice(1).map((line) => line.split(" ").at(-1)), ["kept", "MISSED"]);
});

Deno.test("ratios() measures how inputs are read", () => {
  const runs = new Map([
    ["ours-ova", run("ours-ova", 1, { writtenBytes: 102, outputBytes: 100 })],
    ["inspect-ova", run("inspect-ova", 500, { peakOwnBytes: 90e6 })],
  ]);
  assertEquals(ratios(runs).map(({ value }) => value), [1.02, 0.5, 0.9]);
});

Deno.test("costTable() marks a run that failed", () => {
  assertEquals(costTable([run("ours", 1, { status: 6 })])[1]!.startsWith("ours (failed: 6)"), true);
});

Deno.test("alignColumns() puts numbers to the right", () => {
  assertEquals(alignColumns([["a", "1"], ["bcd", "20"]]), ["a     1", "bcd  20"]);
});

Deno.test("parentOf() is not misled by a name with spaces and parentheses", () => {
  assertEquals(parentOf("12 (a) b (c) S 7 12 12"), 7);
  assertEquals(parentOf(""), undefined);
});

Deno.test("processTree() finds a child and its memory", async () => {
  const child = new Deno.Command("sleep", { args: ["10"] }).spawn();
  try {
    assertEquals((await processTree(Deno.pid)).includes(child.pid), true);
    assertEquals(await residentBytes(child.pid) > 0, true);
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
  assertEquals(await residentBytes(child.pid), 0);
});

Deno.test("parseBenchArgs() runs everything once by default", () => {
  const { contestants, runs } = parseBenchArgs([]);
  assertEquals([contestants.map(({ name }) => name), runs], [[
    "launch",
    "qemu-img",
    "ours",
    "ours-ova",
    "inspect-ova",
    "inspect-vmdk",
    "plan-1000",
    "virt-v2v",
  ], 1]);
});

Deno.test("parseBenchArgs() takes names in any order", () => {
  const { contestants } = parseBenchArgs(["--only", "ours,qemu-img", "--runs", "3"]);
  assertEquals(contestants.map(({ name }) => name), ["qemu-img", "ours"]);
});

Deno.test("parseBenchArgs() refuses an unknown name", () => {
  assertThrows(() => parseBenchArgs(["--only", "ovftool"]), MigrateError, "ovftool");
});

Deno.test("measure.ts counts what a daemon writes after its starter has ended", async () => {
  const folder = await Deno.makeTempDir({ dir: ".", prefix: ".bench-test-" }); // not in a tmpfs
  try {
    const writeLater = `(sleep 0.2; dd if=/dev/zero of=${folder}/data bs=1M count=8 status=none) & exit 3`;
    const args = ["run", "-A", "scripts/bench/measure.ts", `${folder}/cost`, "sh", "-c", writeLater];
    await new Deno.Command(Deno.execPath(), { args }).output();
    const cost = JSON.parse(await Deno.readTextFile(`${folder}/cost`));
    assertEquals(cost.status, 3);
    assertEquals(cost.writtenBytes >= 8 * 1024 * 1024, true, `counted ${cost.writtenBytes}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
