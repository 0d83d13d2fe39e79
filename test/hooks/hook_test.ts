import { assertEquals } from "@std/assert";
import { HOOK_POINTS, hooksAt, parseHook } from "../../src/hooks/hook.ts";

Deno.test("parseHook() reads the point and keeps the command as it is", () => {
  assertEquals(parseHook("post_copy=logger 'a=b'"), { point: "post_copy", command: "logger 'a=b'" });
});

Deno.test("parseHook() knows no other points, and no hook without a command", () => {
  for (
    const text of ["copy=true", "pre_report=true", "post_lunch=true", "pre_copy=", "pre_copy= ", "pre_copy"]
  ) {
    assertEquals([text, parseHook(text)], [text, null]);
  }
});

Deno.test("HOOK_POINTS has both moments of every stage, and the end of the machine", () => {
  assertEquals(HOOK_POINTS.slice(0, 2), ["pre_discover", "post_discover"]);
  assertEquals(HOOK_POINTS.slice(-2), ["post_define", "post_report"]);
});

Deno.test("hooksAt() keeps the order in which hooks were given", () => {
  const texts = ["pre_copy=first", "post_copy=other", "pre_copy=second"];
  assertEquals(hooksAt(texts, "pre_copy").map(({ command }) => command), ["first", "second"]);
});
