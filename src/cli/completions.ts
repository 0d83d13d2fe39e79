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

const SHELLS: Readonly<Record<string, (commands: readonly CompletedCommand[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** Prints the script for the shell that is named. */
export function run(args: readonly string[]): Promise<number> {
  const [shell = "", extra] = args;
  const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (script === undefined || extra !== undefined) {
    const reason = shell === "" ? "no shell is given" : `"${extra ?? shell}" is not expected`;
    throw new MigrateError("usage/missing-argument", `Cannot print completions: ${reason}.`, {
      hint: `Name one shell: ${Object.keys(SHELLS).join(", ")}.`,
    });
  }
  print(script(COMMANDS.map(completed)));
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
