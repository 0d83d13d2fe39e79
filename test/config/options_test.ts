import { assertEquals } from "@std/assert";
import { OPTIONS } from "../../src/config/options.ts";

const keys = (wanted: (option: (typeof OPTIONS)[number]) => boolean): string[] =>
  OPTIONS.filter(wanted).map((option) => option.key as string);

Deno.test("OPTIONS of the run change nothing that is made", () => {
  assertEquals(keys((option) => option.ofRun === true && option.affects !== "nothing"), []);
});

Deno.test("OPTIONS say of the boot proof and the definition that disks are not affected", () => {
  for (const key of ["boot_proof", "memory", "vcpus", "graphics", "uri"]) {
    assertEquals(OPTIONS.find((option) => option.key === key)?.affects, "machine", key);
  }
});
