import { assertEquals } from "@std/assert";
import { parseGrubenv, setInGrubenv } from "../../../src/guest/boot_entries/grubenv.ts";
import { grubenv } from "../../support/sample_guests.ts";

Deno.test("parseGrubenv() reads variables and undoes escapes", () => {
  const variables = parseGrubenv(grubenv("saved_entry=a\\\\b", "kernelopts=root=/dev/sda1 ro "));
  assertEquals([...variables], [["saved_entry", "a\\b"], ["kernelopts", "root=/dev/sda1 ro "]]);
});

Deno.test("setInGrubenv() keeps the length of 1024 bytes", () => {
  const text = setInGrubenv(grubenv("kernelopts=x", "boot_success=1"), "kernelopts", "root=UUID=1234 ro");
  assertEquals(text!.length, 1024);
  assertEquals(parseGrubenv(text!).get("kernelopts"), "root=UUID=1234 ro");
  assertEquals(parseGrubenv(text!).get("boot_success"), "1");
});

Deno.test("setInGrubenv() refuses a value without room", () => {
  assertEquals(setInGrubenv(grubenv("kernelopts=x"), "kernelopts", "x".repeat(1000)), null);
});

Deno.test("setInGrubenv() refuses a file that is no environment block", () => {
  assertEquals(setInGrubenv("kernelopts=x\n", "kernelopts", "y"), null);
});
