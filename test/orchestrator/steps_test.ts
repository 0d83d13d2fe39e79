import { assertEquals } from "@std/assert";
import { jobSchema } from "../../src/config/schema.ts";
import { type Mode, STEPS } from "../../src/orchestrator/steps.ts";

function titles(mode: Mode, options: Record<string, unknown>): string[] {
  const job = jobSchema.parse(options);
  return STEPS.filter((step) => step.when(mode, job)).slice(4).map(({ stage, title }) =>
    `${stage}: ${title}`
  );
}

const FIX = "fix: Fix the guest";
const END = ["prove: Prove that it boots", "define: Write the definition"];

Deno.test("STEPS fix, copy and verify a guest by the built-in fixes", () => {
  assertEquals(titles("convert", {}), [FIX, "copy: Copy the disks", "verify: Verify the images", ...END]);
});

Deno.test("STEPS have virt-v2v in place of fixes and copy with use_v2v", () => {
  assertEquals(titles("convert", { use_v2v: true }), ["fix: Convert with virt-v2v", ...END]);
  assertEquals(titles("plan", { use_v2v: true }), ["fix: Convert with virt-v2v"]);
});

Deno.test("STEPS have virt-v2v in place of the copy with post_v2v, and plan the fixes alone", () => {
  assertEquals(titles("convert", { post_v2v: true }), [FIX, "copy: Convert with virt-v2v", ...END]);
  assertEquals(titles("plan", { post_v2v: true }), [FIX]);
});

Deno.test("STEPS have a plugin's converter in place of the fixes, and copy what it leaves", () => {
  const options = { plugins: ["a.ts"], converter: "a" };
  const converted = "fix: Convert with a plugin";
  const copied = ["copy: Copy the disks", "verify: Verify the images"];
  assertEquals(titles("convert", options), [converted, ...copied, ...END]);
  assertEquals(titles("plan", options), [converted]);
});
