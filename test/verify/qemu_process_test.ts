import { assert, assertEquals } from "@std/assert";
import { machineFolder } from "../../src/verify/qemu_process.ts";
import { TempFolder } from "../support/temp.ts";

Deno.test("machineFolder() leaves room for the name of the longest socket, whatever the work folder is called", async () => {
  await using folder = await TempFolder.create();
  for (
    const [length, letter] of [[10, "a"], [70, "a"], [75, "a"], [78, "a"], [81, "a"], [120, "a"], [
      60,
      "\u00e9",
    ]] as const
  ) {
    const workDir = `${folder.path}/`.padEnd(length, letter);
    await Deno.mkdir(workDir, { recursive: true });
    const made = await machineFolder(workDir);
    const path = new TextEncoder().encode(`${made}/agent`);
    assert(path.length <= 107, `${made}/agent`);
    await Deno.remove(made);
  }
});

Deno.test("machineFolder() is in the work folder where there is room", async () => {
  await using folder = await TempFolder.create();
  const made = await machineFolder(folder.path);
  assertEquals(made.startsWith(`${folder.path}/proof-`), true);
});
