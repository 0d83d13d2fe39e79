import { assertEquals, assertRejects } from "@std/assert";
import { cached, cacheFolder, recipeKey, removeUnused } from "../support/guests/cache.ts";
import { TempFolder } from "../support/temp.ts";

/** Runs a body with a cache folder of its own. */
async function withCache(body: (folder: string) => Promise<void>): Promise<void> {
  await using temp = await TempFolder.create();
  const before = Deno.env.get("XDG_CACHE_HOME");
  Deno.env.set("XDG_CACHE_HOME", temp.path);
  try {
    await body(temp.path);
  } finally {
    if (before === undefined) Deno.env.delete("XDG_CACHE_HOME");
    else Deno.env.set("XDG_CACHE_HOME", before);
  }
}

async function entries(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(folder)) names.push(entry.name);
  return names.filter((name) => !name.endsWith(".lock")).sort();
}

Deno.test("cached() builds once", async () => {
  await withCache(async () => {
    let builds = 0;
    const build = async (folder: string): Promise<void> => {
      await Deno.writeTextFile(`${folder}/disk`, String(++builds));
    };
    const first = await cached("kind", ["recipe"], {}, build);
    assertEquals(await cached("kind", ["recipe"], {}, build), first);
    assertEquals(await Deno.readTextFile(`${first}/disk`), "1");
  });
});

Deno.test("cached() builds once for two that ask together", async () => {
  await withCache(async () => {
    let builds = 0;
    const build = async (): Promise<void> => {
      builds++;
      await new Promise((resolve) => setTimeout(resolve, 50));
    };
    await Promise.all([cached("kind", ["recipe"], {}, build), cached("kind", ["recipe"], {}, build)]);
    assertEquals(builds, 1);
  });
});

Deno.test("cached() leaves nothing behind when the build fails", async () => {
  await withCache(async () => {
    await assertRejects(() => cached("kind", ["recipe"], {}, () => Promise.reject(new Error("no space"))));
    assertEquals(await entries(cacheFolder()), []);
  });
});

Deno.test("cached() starts afresh after a builder that was killed", async () => {
  await withCache(async () => {
    const partial = `${cacheFolder()}/kind-${await recipeKey(["recipe"])}.partial`;
    await Deno.mkdir(partial, { recursive: true });
    await Deno.writeTextFile(`${partial}/half`, "");
    const folder = await cached("kind", ["recipe"], {}, () => Promise.resolve());
    assertEquals(await entries(folder), []);
  });
});

Deno.test("removeUnused() keeps what was used lately", async () => {
  await withCache(async () => {
    const folder = await cached("kind", ["recipe"], {}, () => Promise.resolve());
    await removeUnused(cacheFolder(), 60_000);
    assertEquals((await entries(cacheFolder())).length, 1);
    await Deno.utime(folder, new Date(0), new Date(0));
    await removeUnused(cacheFolder(), 60_000);
    assertEquals(await entries(cacheFolder()), []);
  });
});

Deno.test("recipeKey() changes with the content of a file", async () => {
  await using temp = await TempFolder.create();
  const file = new URL(`file://${temp.file("recipe")}`);
  await Deno.writeTextFile(file, "one");
  const before = await recipeKey(["name", file]);
  await Deno.writeTextFile(file, "two");
  assertEquals(await recipeKey(["name", file]) === before, false);
});
