import { assertEquals } from "@std/assert";
import { convertArgs } from "../../scripts/migrate.ts";

Deno.test("convertArgs() gives the output a default folder", () => {
  assertEquals(convertArgs(["a.vmdk"]), ["convert", "a.vmdk", "-o", "hyper2kvm-out"]);
});

Deno.test("convertArgs() keeps an output folder in any spelling", () => {
  for (const given of [["-o", "x"], ["-ox"], ["--output=x"], ["--output", "x"]]) {
    assertEquals(convertArgs(["a.vmdk", ...given]), ["convert", "a.vmdk", ...given]);
  }
});

Deno.test("convertArgs() leaves a call for help alone", () => {
  assertEquals(convertArgs(["--help"]), ["convert", "--help"]);
});
