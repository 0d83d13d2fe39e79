import { assertEquals, assertStringIncludes } from "@std/assert";
import { importModule, loadPlugins, selectConverter } from "../../src/plugin/load.ts";
import { pluginPath } from "../support/plugins.ts";
import { failureOf } from "../support/sources.ts";
import { TempFolder } from "../support/temp.ts";

/** The error that a plugin of this text gives. */
async function failureOfText(text: string): Promise<string> {
  await using folder = await TempFolder.create();
  const path = folder.file("plugin.ts");
  await Deno.writeTextFile(path, text);
  const error = await failureOf(loadPlugins([path]));
  assertEquals([error.code, error.exitStatus], ["plugin/failed", 2]);
  return error.message.replace(path, "FILE");
}

Deno.test("loadPlugins() gives the rows of every seam, in order, of a plugin named twice once", async () => {
  const paths = (["tiny_disk", "motd", "stamp", "csv"] as const).map(pluginPath);
  const rows = await loadPlugins([...paths, paths[0]!]);
  assertEquals(rows.sources.map(({ kind }) => kind), ["tiny-disk"]);
  assertEquals(rows.fixes.map(({ id }) => id), ["motd"]);
  assertEquals(rows.converters.map(({ name }) => name), ["stamp"]);
  assertEquals(rows.renderers.map(({ name }) => name), ["csv"]);
});

const CONVERT = "convert: () => Promise.resolve({ summary: '' })";

for (
  const [what, text, message] of [
    ["a module without a default export", "", "it has no default export."],
    ["another export", "export const more = 1; export default {};", "it exports more"],
    ["a text", "export default 'x';", "the default export: invalid input: expected object"],
    ["an unknown seam", "export default { name: 'x', queues: [] };", 'unrecognized key: "queues"'],
    ["nothing to add", "export default { name: 'x' };", "it registers nothing"],
    [
      "a row without its function",
      "export default { name: 'x', fixes: [{ id: 'a', title: 'A', applies: 1, plan() {} }] };",
      "fixes[0].applies of the default export: expected a function.",
    ],
    ["code that throws", "throw new Error('no licence');", "FILE: no licence"],
    [
      "the kind of a built-in source",
      "export default { name: 'x', sources: [{ kind: 'vmdk', title: 'V', matches() {}, read() {} }] };",
      "the source vmdk is there already.",
    ],
    [
      "the name of a built-in converter",
      `export default { name: 'x', converters: [{ name: 'virt-v2v', title: 'V', ${CONVERT} }] };`,
      "the converter virt-v2v is there already.",
    ],
    [
      "the extension of a built-in report",
      "export default { name: 'x', renderers: [{ name: 'y', extensions: ['.json'], render() {} }] };",
      "the extension .json is there already.",
    ],
    [
      "one name twice",
      `const c = { name: 'a', title: 'A', ${CONVERT} }; export default { name: 'x', converters: [c, c] };`,
      "the converter a is there already.",
    ],
  ] as const
) {
  Deno.test(`loadPlugins() refuses ${what}, naming the file`, async () => {
    assertStringIncludes(await failureOfText(text), message);
  });
}

Deno.test("loadPlugins() says that there is no file, and tells a syntax error", async () => {
  assertStringIncludes(
    (await failureOf(loadPlugins(["/nowhere/x.ts"]))).message,
    "/nowhere/x.ts: there is no such",
  );
  assertStringIncludes(await failureOfText("export default {"), "Cannot use the plugin FILE: ");
});

Deno.test("importModule() takes the types out of TypeScript where there is no compiler", async () => {
  const module = await importModule(pluginPath("csv"), true);
  assertEquals((module.default as { name: string }).name, "csv");
});

Deno.test("loadPlugins() tells what a row throws, and a wrong answer, as the plugin's failure", async () => {
  await using folder = await TempFolder.create();
  const path = folder.file("late.js");
  await Deno.writeTextFile(
    path,
    `export default { name: "late", renderers: [
      { name: "throws", extensions: [".a"], render() { throw new Error("out of ink"); } },
      { name: "counts", extensions: [".b"], render() { return 7; } },
    ] };`,
  );
  const { renderers } = await loadPlugins([path]);
  const failures = renderers.map(async (one) =>
    (await failureOf(Promise.resolve(one.render({} as never)))).message
  );
  const [thrown, wrong] = await Promise.all(failures);
  assertEquals(thrown, `Cannot use the plugin ${path}: renderer throws: out of ink`);
  assertStringIncludes(wrong!, `${path}: the answer of renderer counts: invalid input: expected string`);
});

Deno.test("selectConverter() names the converters that there are", async () => {
  const rows = await loadPlugins([pluginPath("stamp")]);
  assertEquals(selectConverter("stamp", rows).name, "stamp");
  let hint: string | undefined;
  try {
    selectConverter("stomp", rows);
  } catch (error) {
    hint = (error as { hint: string }).hint;
  }
  assertEquals(hint, "The plugins have: stamp.");
});
