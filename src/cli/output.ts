/**
 * Standard output and error of the program: the only places where a command writes.
 *
 * @module
 */

/** Writes to standard output. */
export function print(text: string): void {
  write(Deno.stdout, text);
}

/** Writes to standard error. */
export function printError(text: string): void {
  write(Deno.stderr, text);
}

/** Columns to format for: the terminal's, or 80. */
export function columnsOf(stream: { isTerminal(): boolean }): number {
  return stream.isTerminal() ? terminalColumns() : 80;
}

/** Columns of the terminal; 80 when it does not say. */
export function terminalColumns(): number {
  try {
    return Deno.consoleSize().columns || 80;
  } catch (error) {
    // consoleSize() fails when no standard stream is a terminal.
    if (error instanceof Deno.errors.NotCapable) throw error;
    return 80;
  }
}

/** Whether to colour what goes to a stream: a terminal, no NO_COLOR, not `--no-color`. */
export function wantsColor(stream: { isTerminal(): boolean }, allowed: boolean): boolean {
  return allowed && stream.isTerminal() && (Deno.env.get("NO_COLOR") ?? "") === "" &&
    Deno.env.get("TERM") !== "dumb";
}

/** Whether the terminal shows UTF-8. */
export function isUtf8(): boolean {
  const locale = Deno.env.get("LC_ALL") || Deno.env.get("LC_CTYPE") || Deno.env.get("LANG") || "";
  return /utf-?8/i.test(locale);
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = new TextEncoder().encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
  } catch (error) {
    // The reader went away (`| head`): what it did not want is not missed, and the work goes on.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
