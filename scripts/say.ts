/**
 * Plain lines for people, from the scripts.
 *
 * @module
 */

const encoder = new TextEncoder();

/** Writes one line to standard error, so that standard output stays the data of the program. */
export function say(line: string): void {
  writeAll(Deno.stderr, `${line}\n`);
}

/** Writes one line to standard output. */
export function print(line: string): void {
  writeAll(Deno.stdout, `${line}\n`);
}

/** Shows a line that the next one overwrites; nothing where standard error is no terminal. */
export function sayBriefly(line: string): void {
  if (!Deno.stderr.isTerminal()) return;
  const { columns } = Deno.consoleSize();
  writeAll(Deno.stderr, `\r\x1b[K${line.slice(0, columns - 1)}`);
}

/** Takes away what {@linkcode sayBriefly} shows. */
export function clearBrief(): void {
  if (Deno.stderr.isTerminal()) writeAll(Deno.stderr, "\r\x1b[K");
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let rest = encoder.encode(text);
  while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
}

/**
 * Runs the body of a script; an error ends the process with its exit status, its message and its hint.
 *
 * @param body Returns the exit status
 */
export async function runScript(body: () => Promise<number>): Promise<never> {
  try {
    Deno.exit(await body());
  } catch (error) {
    clearBrief();
    const { message, hint, exitStatus } = error as { message: string; hint?: string; exitStatus?: number };
    say(exitStatus === undefined ? String((error as Error).stack ?? error) : message);
    if (hint !== undefined) say(hint);
    Deno.exit(exitStatus ?? 1);
  }
}
