import { assertEquals, assertRejects } from "@std/assert";
import { MigrateError } from "../../../src/model/error.ts";
import { askReader } from "../../../src/source/worker/ask.ts";
import { folderOf } from "../../../src/source/worker/folder.ts";

const SIGNAL = new AbortController().signal;

/** A thread that answers as the text of the question says. */
function reader(body: string): Worker {
  const module = new URL("../../../src/source/worker/answer.ts", import.meta.url);
  const source = `import { answer } from ${JSON.stringify(module.href)}; answer((question) => { ${body} });`;
  return new Worker(`data:application/javascript,${encodeURIComponent(source)}`, { type: "module" });
}

Deno.test("folderOf() gives the folder of the input", () => {
  assertEquals(folderOf("/data/vm/disk.vmdk"), { read: ["/data/vm"] });
});

Deno.test({
  name: "folderOf() gives what the program has where it may not read the folder",
  permissions: { read: ["/data/vm/disk.vmdk"] },
  fn: () => assertEquals(folderOf("/data/vm/disk.vmdk"), { read: "inherit" }),
});

Deno.test("askReader() returns what the thread answers", async () => {
  assertEquals(
    await askReader<number>(reader("return question + 1;"), 41, { path: "/x", signal: SIGNAL }),
    42,
  );
});

Deno.test("askReader() blames the file for what its reader cannot read", async () => {
  const error = await assertRejects(
    () => askReader(reader(`throw new Error("odd");`), 0, { path: "/x", signal: SIGNAL }),
    MigrateError,
    "Cannot read /x: odd.",
  );
  assertEquals(error.code, "source/damaged");
});

Deno.test("askReader() ends a thread that takes too long", async () => {
  await assertRejects(
    () => askReader(reader("for (;;);"), 0, { path: "/x", signal: SIGNAL, timeoutMs: 50 }),
    MigrateError,
    "takes too long",
  );
});
