/**
 * The Worker of the tests of the pool.
 *
 * @module
 */
import { MigrateError } from "../../src/model/error.ts";
import { serveTasks } from "../../src/run/worker_task.ts";

serveTasks(async (value: string, host) => {
  switch (value) {
    case "ask":
      host.tell("asking");
      return `answer: ${await host.ask("question")}`;
    case "fail":
      throw new MigrateError("space/full", "Cannot write: it is full.", {
        hint: "Free some space.",
        stage: "copy",
      });
    case "crash":
      setTimeout(() => {
        throw new Error("out of order");
      });
      return await new Promise(() => {});
    case "wait":
      host.tell("waiting");
      await new Promise((resolve) => host.signal.addEventListener("abort", resolve));
      return "stopped tidily";
    default:
      return value;
  }
});
