import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { probe, probeAccelerator, runBootSector, runKernel } from "../../src/verify/kvm_probe.ts";
import { testNeeding } from "../support/needs.ts";

const QEMU = { programs: ["qemu-system-x86_64"] };

testNeeding(QEMU, "runBootSector() ends with status 33 under a working accelerator", async () => {
  assertEquals(await runBootSector("tcg"), 33);
});

testNeeding(QEMU, "runKernel() sees a kernel come up and end under a working accelerator", async () => {
  assertEquals(await runKernel("tcg"), true);
});

testNeeding(QEMU, "runKernel() stops when the run is cancelled", async () => {
  const error = await assertRejects(() => runKernel("tcg", AbortSignal.timeout(200)), MigrateError);
  assertEquals(error.code, "run/cancelled");
});

testNeeding(
  QEMU,
  "probeAccelerator() answers within its limit, and from memory the second time",
  async () => {
    const startedMs = performance.now();
    const first = await probeAccelerator();
    assert(performance.now() - startedMs < 30_000);
    assertEquals(first.accelerator === "kvm", first.reason.startsWith("a test guest ran"));
    assert(await probeAccelerator() === first);
  },
);

Deno.test("probe() needs no qemu to see that there is no KVM", async () => {
  const { accelerator, reason } = await probe("/dev/no-such-kvm");
  assertEquals(accelerator, "tcg");
  assertStringIncludes(reason, "there is no /dev/no-such-kvm");
});

Deno.test("probeAccelerator() stops when the run is cancelled", async () => {
  const error = await assertRejects(() => probeAccelerator(AbortSignal.abort()), MigrateError);
  assertEquals(error.code, "run/cancelled");
});
