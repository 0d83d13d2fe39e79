import { assertEquals, assertThrows } from "@std/assert";
import { withReference } from "../../scripts/reference.ts";

Deno.test("README.md has the current option reference (deno run -A scripts/reference.ts writes it)", async () => {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  assertEquals(withReference(readme), readme);
});

Deno.test("withReference() refuses a page without marks", () => {
  assertThrows(() => withReference("# hyper2kvm\n"), Error, "options: begin");
});
