import { assertEquals, assertRejects } from "@std/assert";
import { MigrateError } from "../../../src/model/error.ts";
import { readIndex } from "../../../src/source/archive/read_index.ts";
import { makeTar } from "../../support/tars.ts";
import { TempFolder } from "../../support/temp.ts";

const { signal } = new AbortController();

async function tarOf(folder: TempFolder, ...names: string[]): Promise<string> {
  for (const name of names) await Deno.writeTextFile(folder.file(name), name);
  await makeTar(folder.file("a.tar"), folder.path, names);
  return folder.file("a.tar");
}

Deno.test("readIndex() returns the members, read in a thread", async () => {
  await using folder = await TempFolder.create();
  const path = await tarOf(folder, "one", "two");
  const window = { path, offset: 0, sizeBytes: (await Deno.stat(path)).size };
  const members = await readIndex("tar", window, { maxMembers: 2, signal });
  assertEquals(members.map(({ name, offset }) => [name, offset]), [["one", 512], ["two", 1536]]);
});

Deno.test("readIndex() throws what the thread threw, with code and hint", async () => {
  await using folder = await TempFolder.create();
  const path = await tarOf(folder, "one", "two");
  const window = { path, offset: 0, sizeBytes: (await Deno.stat(path)).size };
  const error = await assertRejects(() => readIndex("tar", window, { maxMembers: 1, signal }), MigrateError);
  assertEquals([error.code, error.message], [
    "source/unsupported",
    `Cannot read ${path}: it has over 1 members.`,
  ]);
  assertEquals((error.hint ?? "") === "", false);
});

Deno.test("readIndex() stops when the run is cancelled", async () => {
  const window = { path: "/dev/null", offset: 0, sizeBytes: 0 };
  const aborted = { maxMembers: 1, signal: AbortSignal.abort() };
  const error = await assertRejects(() => readIndex("tar", window, aborted), MigrateError);
  assertEquals(error.code, "run/cancelled");
});
