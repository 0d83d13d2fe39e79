import { assertEquals } from "@std/assert";
import { usesSelinux } from "../../src/guest/labels.ts";

Deno.test("usesSelinux() reads the mode and not a comment", () => {
  const mode = (text: string): boolean => usesSelinux(`# SELINUX=enforcing\n${text}\nSELINUXTYPE=targeted\n`);
  assertEquals(["SELINUX=enforcing", "SELINUX=permissive", "SELINUX=disabled"].map(mode), [
    true,
    true,
    false,
  ]);
});
