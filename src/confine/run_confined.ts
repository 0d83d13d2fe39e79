/**
 * Runs the confined command to its end, and hands signals on to the program in it.
 *
 * @module
 */
import { missingTool } from "../run/command.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs the command with the terminal of this program.
 *
 * @returns The exit status of the program in it
 * @throws {MigrateError} `tool/missing`
 */
export async function runConfined(command: readonly string[], args: readonly string[]): Promise<number> {
  const [program = "", ...before] = command;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args: [...before, ...args],
      ...{ stdin: "null", stdout: "inherit", stderr: "inherit" },
      // Ctrl-C in the terminal reaches this program alone, which hands it on.
      detached: true,
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw missingTool(program, error);
    throw error;
  }
  const listeners = SIGNALS.map((signal) => [signal, () => void handOn(child.pid, signal)] as const);
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  try {
    return (await child.status).code;
  } finally {
    for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
  }
}

/** Sends a signal to the program: bubblewrap itself would only die of it, and the program with it. */
async function handOn(bubblewrap: number, signal: Deno.Signal): Promise<void> {
  // bubblewrap, the first process of the sandbox, the program.
  const [first] = await childrenOf(bubblewrap);
  const [inner] = first === undefined ? [] : await childrenOf(first);
  const target = inner ?? first ?? bubblewrap;
  try {
    Deno.kill(target, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) && (error as { code?: string }).code !== "ESRCH") {
      throw error;
    }
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  try {
    const text = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
    return text.trim().split(" ").filter((one) => one !== "").map(Number);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
