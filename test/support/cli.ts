/**
 * The program as a user starts it.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";

/** Path of the program's source. */
export const CLI = fromFileUrl(new URL("../../cli.ts", import.meta.url));

/** How the program ended. */
export interface CliResult {
  /** Exit status. */
  readonly status: number;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
}

/** A command that runs the program from source with all permissions. */
export function cliCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  options: Pick<Deno.CommandOptions, "detached" | "cwd"> = {},
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", CLI, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1", ...env },
    ...options,
  });
}

/** Runs the program to its end. */
export async function runCli(
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<CliResult> {
  const { code, stdout, stderr } = await cliCommand(args, env).output();
  const decoder = new TextDecoder();
  return { status: code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
