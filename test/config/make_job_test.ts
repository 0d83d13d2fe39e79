import { assertEquals, assertThrows } from "@std/assert";
import { makeJob } from "../../src/config/make_job.ts";
import { MigrateError } from "../../src/model/error.ts";

Deno.test("makeJob() fills in the defaults", () => {
  const job = makeJob({ source: ["a.vmdk"], output: "out", name: undefined });
  assertEquals([job.source, job.output, job.format, job.boot_proof], [["a.vmdk"], "out", "qcow2", true]);
});

Deno.test("makeJob() names the option that is wrong", () => {
  const error = assertThrows(() => makeJob({ source: ["a"], memory: 1 }), MigrateError, "memory");
  assertEquals(error.code, "usage/bad-value");
});
