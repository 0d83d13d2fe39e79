/**
 * Runs deno in the terminal of the user, in the folder in which the user called `deno task`.
 *
 * @module
 */

/** Runs this deno with arguments; returns its exit status (128 + the signal that ended it). */
export async function runHere(args: readonly string[]): Promise<number> {
  // deno task changes to the folder of deno.json and says where it was called.
  const cwd = Deno.env.get("INIT_CWD") ?? Deno.cwd();
  const ignore = (): void => {};
  // Ctrl-C reaches the child as well, which ends in its own time; this process waits for its status.
  Deno.addSignalListener("SIGINT", ignore);
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const terminate = (): void => child.kill("SIGTERM");
  Deno.addSignalListener("SIGTERM", terminate);
  try {
    return (await child.status).code;
  } finally {
    Deno.removeSignalListener("SIGINT", ignore);
    Deno.removeSignalListener("SIGTERM", terminate);
  }
}
