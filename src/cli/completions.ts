/**
 * Command `completions`: scripts for three shells, made from the table of commands and the schema.
 *
 * @module
 */
import { OPTIONS, optionsOf } from "../config/options.ts";
import type { JobCommand } from "../config/schema.ts";
import { MigrateError } from "../model/error.ts";
import { type Command, COMMANDS } from "./commands.ts";
import { bashCompletion } from "./completions/bash.ts";
import { fishCompletion } from "./completions/fish.ts";
import type { CompletedCommand } from "./completions/shell.ts";
import { zshCompletion } from "./completions/zsh.ts";
import { print } from "./output.ts";

const SHELLS = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
} as const satisfies Record<string, (commands: readonly CompletedCommand[]) => string>;

/** A shell that completions are made for. */
export type Shell = keyof typeof SHELLS;

/** The script for a shell. */
export const completionScript = (shell: Shell): string => SHELLS[shell](COMMANDS.map(completed));

/** Prints the script for the shell that is named. */
export function run(args: readonly string[]): Promise<number> {
  const [shell = "", extra] = args;
  if (!Object.hasOwn(SHELLS, shell) || extra !== undefined) {
    const reason = shell === "" ? "no shell is given" : `"${extra ?? shell}" is not expected`;
    throw new MigrateError("usage/missing-argument", `Cannot print completions: ${reason}.`, {
      hint: `Name one shell: ${Object.keys(SHELLS).join(", ")}.`,
    });
  }
  print(completionScript(shell as Shell));
  return Promise.resolve(0);
}

/** What a shell completes after a command. */
function completed(command: Command): CompletedCommand {
  const options = command.hasOptions ? optionsOf(command.name as JobCommand) : [];
  const words = command.name === "completions" ? Object.keys(SHELLS) : [];
  const positional = OPTIONS.find((one) => one.positional === true);
  return {
    name: command.name,
    summary: command.summary,
    options: options.filter((one) => one.positional !== true),
    words,
    takesFiles: positional !== undefined && options.includes(positional) && command.name !== "live-fix",
  };
}
