import { assertEquals, assertNotEquals } from "@std/assert";
import { contentDigest } from "../../src/plugin/content.ts";
import { TempFolder } from "../support/temp.ts";

Deno.test("contentDigest() changes with a file that the plugin imports, and is at rest with a ring of imports", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("a.ts"), `import { b } from "./b.ts";\nimport z from "npm:zod";\n`);
  await Deno.writeTextFile(
    folder.file("b.ts"),
    `// from "./gone.ts"\nimport "./a.ts";\nexport const b = 1;\n`,
  );
  const before = await contentDigest(folder.file("a.ts"));
  assertEquals(await contentDigest(folder.file("a.ts")), before);
  await Deno.writeTextFile(folder.file("b.ts"), `export const b = 2;\n`);
  assertNotEquals(await contentDigest(folder.file("a.ts")), before);
});
