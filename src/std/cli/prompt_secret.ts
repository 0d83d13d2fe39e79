/**
 * Stand-in for jsr:@std/cli/prompt-secret: the same name and behaviour, without the options that nobody uses here.
 *
 * @module
 */
const CTRL_C = 3;
const CTRL_D = 4;
const BACKSPACE = [8, 127];
const ENTER = [10, 13];

/** Shows a message and reads a line without showing it; null when standard input is no terminal. */
export function promptSecret(message = "Secret"): string | null {
  const { stdin, stdout } = Deno;
  if (!stdin.isTerminal()) return null;
  const say = (text: string): void => void stdout.writeSync(new TextEncoder().encode(text));
  say(`${message} `);
  const typed: number[] = [];
  stdin.setRaw(true, { cbreak: false });
  try {
    const byte = new Uint8Array(1);
    while (stdin.readSync(byte) !== null) {
      const [code = CTRL_D] = byte;
      if (code === CTRL_C) return null;
      if (code === CTRL_D || ENTER.includes(code)) break;
      if (BACKSPACE.includes(code)) typed.pop();
      else typed.push(code);
    }
  } finally {
    stdin.setRaw(false);
    say("\r\n");
  }
  return new TextDecoder().decode(new Uint8Array(typed));
}
