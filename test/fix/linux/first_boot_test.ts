import { assertEquals, assertStringIncludes } from "@std/assert";
import { taskPaths, taskScript, taskUnit } from "../../../src/fix/linux/first_boot.ts";
import type { FirstBootTask } from "../../../src/fix/linux/first_boot.ts";

const TASK: FirstBootTask = {
  name: "test-task",
  description: "Test",
  commands: "",
  network: false,
  why: "a test",
};

/** Runs the script of a task whose files are in a folder of the test, and whose PATH has no systemctl. */
async function run(commands: string): Promise<{ code: number; stdout: string; left: string[] }> {
  const root = await Deno.makeTempDir();
  try {
    const { unit, script, wants } = taskPaths(TASK.name);
    let text = taskScript({ ...TASK, commands });
    for (const path of [unit, script, wants]) {
      const name = path === wants ? "wants" : path === unit ? "unit" : "script";
      text = text.replaceAll(path, `${root}/${name}`);
    }
    text = text.replaceAll("systemctl", "true");
    for (const name of ["unit", "wants"]) await Deno.writeTextFile(`${root}/${name}`, "");
    await Deno.writeTextFile(`${root}/script`, text);
    const { code, stdout } = await new Deno.Command("sh", { args: [`${root}/script`] }).output();
    const left = (await Array.fromAsync(Deno.readDir(root), ({ name }) => name)).toSorted();
    return { code, stdout: new TextDecoder().decode(stdout), left };
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("taskScript() removes the unit, its link and itself when the commands succeeded", async () => {
  assertEquals(await run("echo working"), {
    code: 0,
    stdout: "working\nhyper2kvm: done: test-task\n",
    left: [],
  });
});

Deno.test("taskScript() fails and keeps its files when the commands failed", async () => {
  const { code, stdout, left } = await run("return 1");
  assertEquals([code, left], [1, ["script", "unit", "wants"]]);
  assertStringIncludes(stdout, "will be tried again at the next boot: test-task");
});

Deno.test("taskUnit() waits for the network only where the task needs it", () => {
  const waits = (network: boolean): boolean =>
    taskUnit({ ...TASK, network }).includes("network-online.target");
  assertEquals([waits(true), waits(false)], [true, false]);
});
