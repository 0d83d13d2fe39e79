import { assertEquals } from "@std/assert";
import { Redactor } from "../../src/ui/redact.ts";

Deno.test("text() masks added secrets, also when URL-encoded", () => {
  const redactor = new Redactor();
  redactor.add("p@ss word");
  assertEquals(redactor.text("x p@ss word y p%40ss%20word z"), "x *** y *** z");
});

Deno.test("text() masks what looks like a secret", () => {
  const redactor = new Redactor();
  assertEquals(redactor.text(`password=hunter22, "token": "abc"`), `password=***, "token": "***"`);
  assertEquals(redactor.text("https://admin:hunter22@vc/sdk"), "https://admin:***@vc/sdk");
  assertEquals(redactor.text("Authorization: Bearer abcdef123456"), "Authorization: Bearer ***");
});

Deno.test("value() masks known secrets at any depth, and leaves other texts as they are", () => {
  const redactor = new Redactor();
  redactor.add("hunter22");
  assertEquals(redactor.value({ list: ["a hunter22"], line: "passwd: files", n: 1, none: null }), {
    list: ["a ***"],
    line: "passwd: files",
    n: 1,
    none: null,
  });
});
