import { assertEquals } from "@std/assert";
import { jobFileSchema } from "../../src/config/json_schema.ts";
import { OPTIONS } from "../../src/config/options.ts";

type Properties = Record<
  string,
  { description?: string; enum?: string[]; items?: { properties: Properties } }
>;

Deno.test("jobFileSchema() describes every option that a job file can set, also for the machines of a batch", () => {
  const { properties } = jobFileSchema() as { properties: Properties };
  const settable = OPTIONS.filter((option) => option.flagOnly !== true).map((option) => option.key as string);
  assertEquals(Object.keys(properties), [...settable, "vms"]);
  assertEquals(Object.keys(properties.vms!.items!.properties), [...settable, "depends_on"]);
  for (const [key, { description }] of Object.entries(properties)) {
    assertEquals([key, (description ?? "") === ""], [key, false]);
  }
  assertEquals(properties.format?.enum, ["qcow2", "raw", "vdi", "vmdk"]);
});
