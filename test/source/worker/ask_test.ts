import { assertEquals } from "@std/assert";
import { ask } from "../../../src/source/worker/ask.ts";

const { signal } = new AbortController();

/** A thread that does what the code says with each question. */
function thread(code: string): Worker {
  const module = new URL("../../../src/source/worker/answer.ts", import.meta.url);
  const text = `import { answer } from "${module}";\nanswer(async (question) => { ${code} });`;
  return new Worker(`data:text/javascript,${encodeURIComponent(text)}`, {
    type: "module",
    deno: { permissions: { import: true } },
  } as WorkerOptions);
}

Deno.test("ask() returns the answer", async () => {
  assertEquals(await ask(thread("return question + 1;"), 1, { signal }), { value: 2 });
});

Deno.test("ask() ends a thread that takes too long", async () => {
  assertEquals(await ask(thread("for (;;);"), 1, { signal, timeoutMs: 50 }), {
    refusal: { message: "reading it takes too long" },
  });
});

Deno.test("ask() tells why a thread could not answer", async () => {
  assertEquals(await ask(thread('throw new Error("no");'), 1, { signal }), { refusal: { message: "no" } });
});
