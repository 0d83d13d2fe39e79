/**
 * Stand-in for jsr:@std/cli/parse-args over npm:minimist, from which upstream's parser descends. Where the
 * two differ (`--no-X`, repeated options, the arguments of `unknown`) this follows upstream.
 *
 * @module
 */
// @ts-types="@types/minimist"
import minimist from "minimist";

/** What `parseArgs()` found: flags by name, and the rest in `_`. */
export interface Args {
  /** Arguments that are no flags. */
  _: (string | number)[];
  /** Arguments after `--`, when asked for. */
  "--"?: string[];
  /** A flag. */
  [name: string]: unknown;
}

/** How arguments are read. */
export interface ParseOptions {
  /** Keep what follows `--` in a member of that name instead of `_`. */
  "--"?: boolean;
  /** Other names of a flag. */
  alias?: Record<string, string | readonly string[]>;
  /** Flags without a value; false when absent. */
  boolean?: readonly string[];
  /** Flags whose value stays a string; an absent value gives "". `_` keeps positional arguments strings. */
  string?: readonly string[];
  /** Flags that may be repeated; always arrays. The last one wins for others. */
  collect?: readonly string[];
  /** Flags that `--no-NAME` sets to false. */
  negatable?: readonly string[];
  /** Values of absent flags. */
  default?: Record<string, unknown>;
  /** Put everything after the first positional argument into `_`. */
  stopEarly?: boolean;
  /** Called with whatever no option names; false leaves it out. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Reads command line arguments. */
export function parseArgs(args: string[], options: ParseOptions = {}): Args {
  const { collect = [], negatable = [], boolean = [], unknown } = options;
  const end = args.indexOf("--") === -1 ? args.length : args.indexOf("--");
  const isForeignNo = (arg: string, index: number): boolean =>
    index < end && /^--no-[^=]+$/.test(arg) &&
    !negatable.includes(arg.slice(5));
  const foreign = args.filter(isForeignNo).filter((arg) => unknown?.(arg, arg.slice(2), true) !== false);
  const parsed = minimist(
    args.filter((arg, index) => !isForeignNo(arg, index)),
    {
      boolean: [...boolean],
      string: [...options.string ?? []],
      alias: options.alias as Record<string, string | string[]> ?? {},
      default: options.default ?? {},
      stopEarly: options.stopEarly ?? false,
      "--": options["--"] ?? false,
      ...(unknown === undefined ? {} : { unknown: (arg: string) => unknown(...split(arg)) !== false }),
    },
  ) as Args;
  for (const arg of foreign) parsed[arg.slice(2)] = true;
  for (const name of Object.keys(parsed)) {
    if (name === "_" || name === "--") continue;
    parsed[name] = once(
      parsed[name],
      isCollected(name, collect, options.alias),
    );
  }
  for (const name of collect) parsed[name] ??= [];
  return parsed;
}

/** The arguments that upstream gives to `unknown`. */
function split(arg: string): [string, string?, unknown?] {
  const match = /^--?([^=]+)(?:=(.*))?$/s.exec(arg);
  return match === null ? [arg] : [arg, match[1]!, match[2] ?? true];
}

function isCollected(
  name: string,
  collect: readonly string[],
  alias: ParseOptions["alias"] = {},
): boolean {
  return collect.some((one) => one === name || [alias[one] ?? []].flat().includes(name));
}

function once(value: unknown, collected: boolean): unknown {
  if (collected) return value === undefined ? [] : [value].flat();
  return Array.isArray(value) ? value.at(-1) : value;
}
