import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { compileArgs, lacksRuntime, notEmbedded, targetOf } from "../../scripts/compile.ts";
import { startsWorker, unlistedWorkers, workersIn } from "../../scripts/worker_modules.ts";
import { TempFolder } from "../support/temp.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("compile.include lists every Worker of src and ffi", async () => {
  assertEquals(await unlistedWorkers(ROOT, config.compile.include), []);
});

Deno.test("compile.include lists only modules that exist", async () => {
  for (const path of config.compile.include) assert((await Deno.stat(new URL(path, ROOT))).isFile);
});

Deno.test("unlistedWorkers() names a Worker that the list lacks", async () => {
  await using temp = await TempFolder.create();
  await Deno.mkdir(temp.file("src/deep"), { recursive: true });
  await Deno.mkdir(temp.file("ffi"));
  const start = 'new Worker(\n  new URL("../w.ts", import.meta.url), { type: "module" })';
  await Deno.writeTextFile(temp.file("src/deep/a.ts"), start);
  const root = new URL(`file://${temp.path}/`);
  assertEquals(await unlistedWorkers(root, []), ["src/w.ts"]);
  assertEquals(await unlistedWorkers(root, ["src/w.ts"]), []);
});

Deno.test("unlistedWorkers() names a file that names none of its Workers", async () => {
  await using temp = await TempFolder.create();
  await Deno.mkdir(temp.file("src"));
  await Deno.mkdir(temp.file("ffi"));
  await Deno.writeTextFile(temp.file("ffi/a.ts"), "const w = new Worker(url);");
  const root = new URL(`file://${temp.path}/`);
  assertEquals(await unlistedWorkers(root, []), ["ffi/a.ts (a Worker by variable)"]);
});

Deno.test("workersIn() reads the module of a Worker, whatever follows it", () => {
  assertEquals(workersIn(`new Worker(new URL('./x.ts', import.meta.url).href, {})`), ["./x.ts"]);
});

Deno.test("startsWorker() sees a Worker by variable", () => {
  assert(startsWorker("return new Worker(url);"));
  assert(!startsWorker("type A = Worker;"));
});

Deno.test("compileArgs() includes each module and passes the rest on", () => {
  const args = compileArgs({ include: ["w.ts"], output: "dist/x", extra: ["--target", "t"] });
  assertEquals(
    args.join(" "),
    "compile -A --no-prompt --no-check --include w.ts --target t -o dist/x cli.ts",
  );
});

Deno.test("targetOf() reads both spellings", () => {
  assertEquals([targetOf(["--target", "a"]), targetOf(["--target=b"]), targetOf([])], ["a", "b", undefined]);
});

Deno.test("lacksRuntime() tells a denort out of reach from a real fault", () => {
  const offline = "Download https://dl.deno.land/release/v2.9.6/denort-x.zip\nerror sending request for url";
  assert(lacksRuntime(offline));
  assert(!lacksRuntime("error: Module not found 'file:///cli.ts'"));
});

Deno.test("notEmbedded() names a module whose source is not in the binary", async () => {
  await using temp = await TempFolder.create();
  const binary = temp.file("binary");
  await Deno.writeTextFile(binary, `\0elf${await Deno.readTextFile(new URL("cli.ts", ROOT))}\0`);
  assertEquals(await notEmbedded(binary, ["cli.ts", "mod.ts"]), ["mod.ts"]);
});
