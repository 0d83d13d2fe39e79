import { assertEquals } from "@std/assert";
import { estimate, type EstimateRequest, totalMs } from "../../src/plan/estimate.ts";
import { readSpeed } from "../../src/plan/read_speed.ts";
import type { Stage } from "../../src/model/stage.ts";
import { TempFolder } from "../support/temp.ts";

const MIB = 1024 ** 2;
const REQUEST: EstimateRequest = {
  job: { boot_proof: true },
  bytes: 1000 * MIB,
  accelerator: "tcg",
  stages: [],
  readBytesPerSecond: 200 * MIB,
  cpus: 4,
};

/** Milliseconds of one stage. */
function ms(stage: Stage, changes: Partial<EstimateRequest> = {}): number | undefined {
  return estimate({ ...REQUEST, ...changes }).find((one) => one.stage === stage)?.ms;
}

Deno.test("estimate() reckons the copy from the speed of the source: read once, written once", () => {
  assertEquals(ms("copy"), 10_000);
  assertEquals(ms("copy", { bandwidth: 50 * MIB }), 20_000);
});

Deno.test("estimate() knows that compression can be slower than the disks, and a level than qemu's own", () => {
  assertEquals(ms("copy", { job: { boot_proof: true, compress: "zlib" } }), 10_000);
  assertEquals(ms("copy", { job: { boot_proof: true, compress: "zlib", compress_level: 9 } }), 40_000);
});

Deno.test("estimate() takes the stages that the plan went through as they were", () => {
  const stages = [{ stage: "open", status: "done", startedAt: "", elapsedMs: 12_345, summary: "" }] as const;
  const times = estimate({ ...REQUEST, stages });
  assertEquals(times.find((one) => one.stage === "open"), { stage: "open", ms: 12_345, basis: "measured" });
  assertEquals(times.find((one) => one.stage === "prove")?.ms, 3 * 12_345);
});

Deno.test("estimate() leaves out the boot proof where there is none, and is quicker with KVM", () => {
  assertEquals(ms("prove", { job: { boot_proof: false } }), undefined);
  const [kvm, tcg] = (["kvm", "tcg"] as const).map((accelerator) =>
    totalMs(estimate({ ...REQUEST, accelerator }))
  );
  assertEquals(kvm! < tcg!, true);
});

Deno.test("readSpeed() measures, and says nothing of a file that is too small to tell", async () => {
  await using folder = await TempFolder.create();
  const signal = new AbortController().signal;
  await Deno.writeFile(folder.file("large"), new Uint8Array(8 * MIB));
  await Deno.writeFile(folder.file("small"), new Uint8Array(1000));
  assertEquals((await readSpeed(folder.file("large"), signal) ?? 0) > 0, true);
  assertEquals(await readSpeed(folder.file("small"), signal), undefined);
});
