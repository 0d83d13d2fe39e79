import { assertEquals } from "@std/assert";
import { endProcessesOf, WORK_FOLDER_VARIABLE } from "../../src/run/leftover_processes.ts";

function sleeper(folder: string): Deno.ChildProcess {
  return new Deno.Command("sleep", { args: ["300"], env: { [WORK_FOLDER_VARIABLE]: folder } }).spawn();
}

Deno.test("endProcessesOf() ends what a folder's run has started, and nothing else", async () => {
  const folder = `/nowhere/${crypto.randomUUID()}`;
  const [mine, other] = [sleeper(folder), sleeper(`${folder}-2`)];
  try {
    // Until the child has replaced itself by the program, its environment is ours.
    let ended: number[] = [];
    while (ended.length === 0) ended = await endProcessesOf(folder);
    assertEquals(ended, [mine.pid]);
    assertEquals((await mine.status).signal, "SIGKILL");
    Deno.kill(other.pid, "SIGCONT"); // throws when it is gone
  } finally {
    other.kill();
    await other.status;
  }
});
