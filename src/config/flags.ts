/**
 * Flags of a command line, by the schema: from arguments to the values that were given, still unchecked
 * but of the right kind.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { MigrateError } from "../model/error.ts";
import { type Option, optionsOf } from "./options.ts";
import type { JobCommand, JobKey } from "./schema.ts";
import { suggest } from "./suggest.ts";

/** Options that were given, by key; the rest is absent. */
export type Given = Partial<Record<JobKey, unknown>>;

/**
 * Reads the arguments of a command.
 *
 * @throws {MigrateError} `usage/bad-option` or `usage/bad-value`
 */
export function parseFlags(command: JobCommand, args: readonly string[]): Given {
  const options = optionsOf(command);
  const flags = options.filter((option) => option.positional !== true);
  const known = (type: (option: Option) => boolean): string[] => flags.filter(type).map((one) => one.flag);
  const parsed = parseArgs([...args], {
    boolean: known(isSwitch),
    string: ["_", ...known((option) => !isSwitch(option))],
    collect: known((option) => option.type === "list"),
    negatable: known((option) => option.negated === true),
    alias: Object.fromEntries(flags.flatMap((one) => one.short === undefined ? [] : [[one.flag, one.short]])),
    unknown: (arg) => {
      if (arg.startsWith("-") && arg !== "-") throw unknownFlag(arg, command, flags);
    },
  });
  const given: Given = {};
  for (const option of flags) {
    if (wasGiven(option, args)) given[option.key] = readFlag(option, parsed[option.flag]);
  }
  const positional = options.find((option) => option.positional === true);
  if (positional !== undefined && parsed._.length > 0) given[positional.key] = parsed._.map(String);
  if (positional === undefined && parsed._.length > 0) {
    throw new MigrateError(
      "usage/bad-option",
      `Cannot run ${command}: "${parsed._[0]}" is not expected here.`,
      {
        hint: `See hyper2kvm ${command} --help.`,
      },
    );
  }
  return given;
}

/** Turns the text of a flag or a variable into the kind of value that the option takes. */
export function coerce(option: Option, text: string): unknown {
  if (option.type === "number") return /^\s*[-+]?\d+(\.\d+)?\s*$/.test(text) ? Number(text) : text;
  if (option.type === "list") return text.split(",").map((part) => part.trim()).filter((part) => part !== "");
  if (option.type !== "boolean") return text;
  if (/^(1|true|yes|on)$/i.test(text)) return true;
  return /^(0|false|no|off|)$/i.test(text) ? false : text;
}

const isSwitch = (option: Option): boolean => option.type === "boolean";

/** parseArgs() gives absent switches a value too, so presence is looked up in the arguments. */
function wasGiven(option: Option, args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end === -1 ? args : args.slice(0, end)).some((arg) =>
    arg === `--${option.flag}` || arg === `--no-${option.flag}` || arg.startsWith(`--${option.flag}=`) ||
    (option.short !== undefined && /^-[A-Za-z]/.test(arg) && arg.split("=")[0]!.includes(option.short))
  );
}

function readFlag(option: Option, value: unknown): unknown {
  if (isSwitch(option)) return value;
  const texts = (Array.isArray(value) ? value : [value]).map(String);
  if (texts.some((text) => text === "")) {
    throw new MigrateError("usage/bad-option", `Cannot use ${option.display}: it needs a value.`, {
      hint: `Write ${option.display}=${option.value ?? option.choices.join("|")}.`,
    });
  }
  return option.type === "list" ? texts : coerce(option, texts.at(-1)!);
}

function unknownFlag(arg: string, command: JobCommand, flags: readonly Option[]): MigrateError {
  const name = arg.split("=")[0]!;
  const near = suggest(name, [...flags.map((option) => option.display), "--help"]);
  return new MigrateError("usage/bad-option", `Cannot run ${command}: there is no option ${name}.`, {
    hint: near === undefined ? `See hyper2kvm ${command} --help.` : `Did you mean ${near}?`,
  });
}
