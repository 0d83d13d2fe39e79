/**
 * From arguments to an exit status. Loads a command only when it runs.
 *
 * @module
 */
import { suggest } from "../config/suggest.ts";
import { MigrateError } from "../model/error.ts";
import { type Command, COMMANDS } from "./commands.ts";
import { exitStatusOfError, formatError, unknownCommand } from "./errors.ts";
import { columnsOf, print, printError } from "./output.ts";

/** Runs the program; never throws. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return await dispatch(args);
  } catch (error) {
    const debug = args.includes("--debug") || Deno.env.get("HYPER2KVM_DEBUG") === "1";
    printError(formatError(error, debug));
    return exitStatusOfError(error);
  }
}

async function dispatch(args: readonly string[]): Promise<number> {
  const [first, ...rest] = args;
  if (first === undefined) {
    throw new MigrateError("usage/missing-argument", "Cannot start: no command is given.", {
      hint: "hyper2kvm convert DISK -o DIR, or hyper2kvm --help.",
    });
  }
  if (first === "--version" || first === "-V") return await runCommand("version", rest);
  if (isHelp(first)) return await help(undefined);
  if (/^--(config|cmd|csv)(=|$)/.test(first)) return await runCommand("run", args);
  if (first === "help") return await help(rest[0]);
  const end = rest.indexOf("--");
  if (rest.slice(0, end === -1 ? rest.length : end).some(isHelp)) return await help(first);
  return await runCommand(first, rest);
}

const isHelp = (arg: string): boolean => arg === "--help" || arg === "-h";

async function runCommand(name: string, args: readonly string[]): Promise<number> {
  const { run } = await find(name).load();
  return await run(args);
}

async function help(name: string | undefined): Promise<number> {
  const columns = columnsOf(Deno.stdout);
  const { commandHelp, mainHelp } = await import("./help.ts");
  print(name === undefined ? mainHelp(columns) : await commandHelp(find(name), columns));
  return 0;
}

function find(name: string): Command {
  const command = COMMANDS.find((one) => one.name === name);
  if (command !== undefined) return command;
  if (name.startsWith("-")) {
    throw new MigrateError("usage/bad-option", `Cannot use ${name}: a command comes first.`, {
      hint: "hyper2kvm COMMAND [options]; see hyper2kvm --help.",
    });
  }
  throw unknownCommand(name, suggest(name, COMMANDS.map((one) => one.name)));
}
