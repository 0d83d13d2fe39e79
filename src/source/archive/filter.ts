/**
 * A program as a filter: bytes go in, bytes come out, and neither is held in memory.
 *
 * @module
 */
import { cancelled } from "../../model/error.ts";
import { ChildGroup } from "../../run/command.ts";

/** How a program is run as a filter. */
export interface FilterOptions {
  /** Its arguments. */
  readonly args: readonly string[];
  /** Makes the error from its last line on standard error. */
  readonly failed: (line: string) => Error;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
}

/**
 * Sends bytes through a program; leaving the loop over the result ends the program.
 *
 * @throws {MigrateError} `tool/missing` or `run/cancelled`, and what `failed` makes
 */
export async function* filterThrough(
  program: string,
  input: AsyncIterable<Uint8Array>,
  { args, failed, signal }: FilterOptions,
): AsyncGenerator<Uint8Array> {
  const streams = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
  await using child = new ChildGroup(program, { args: [...args], ...streams });
  const { process } = child;
  const stop = (): void => child.kill("SIGKILL");
  signal.addEventListener("abort", stop, { once: true });
  const errors = new Response(process.stderr).text();
  const fed = feed(input, process.stdin);
  try {
    for await (const chunk of process.stdout) yield chunk;
    const { success } = await process.status;
    if (signal.aborted) throw cancelled();
    if (!success) throw failed((await errors).trim().split("\n").at(-1) ?? "");
    const failure = await fed;
    if (failure !== null) throw failure;
  } finally {
    signal.removeEventListener("abort", stop);
    child.kill("SIGKILL");
    await Promise.all([fed, errors]);
  }
}

/** Feeds a program; returns why it could not. A program that stops reading says why by its status. */
async function feed(
  input: AsyncIterable<Uint8Array>,
  stdin: WritableStream<Uint8Array<ArrayBuffer>>,
): Promise<Error | null> {
  try {
    await ReadableStream.from(input as AsyncIterable<Uint8Array<ArrayBuffer>>).pipeTo(stdin);
    return null;
  } catch (error) {
    return error instanceof Deno.errors.BrokenPipe ? null : error as Error;
  }
}
