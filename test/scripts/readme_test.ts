import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../src/cli/commands.ts";
import { EXIT_STATUSES } from "../../src/model/error.ts";

const read = (path: string): Promise<string> => Deno.readTextFile(new URL(`../../${path}`, import.meta.url));

Deno.test("README.md has the two commands on its first screen", async () => {
  const screen = (await read("README.md")).split("\n").slice(0, 24).join("\n");
  assertStringIncludes(screen, "npx -y deno@2.9 task migrate");
  assertStringIncludes(screen, "npx -y deno@2.9 task test");
});

Deno.test("README.md lists the exit statuses of the program", async () => {
  const rows = [...(await read("README.md")).matchAll(/^\| (\d+) \| (.+) \|$/gm)].map((
    row,
  ) => [row[1], row[2]]);
  assertEquals(rows, Object.entries(EXIT_STATUSES));
});

Deno.test("README.md names every command", async () => {
  const text = await read("README.md");
  for (const { name } of COMMANDS) assertStringIncludes(text, `hyper2kvm ${name}`);
});

Deno.test(".ci/run calls the README's test command as it stands", async () => {
  const lines = (await read(".ci/run")).trimEnd().split("\n");
  assertEquals(lines.at(-1), "npx -y deno@2.9 task test");
  assert(lines.includes("set -euo pipefail"));
});
