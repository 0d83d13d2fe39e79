/**
 * The schema as a list: what each option is called as a flag, as a variable and in a file, and what kind of
 * value it takes.
 *
 * @module
 */
import type * as z from "zod";
import { type JobCommand, type JobKey, jobSchema, type OptionMeta, optionMeta } from "./schema.ts";

/** What an option's value is: `list` is an array of texts. */
export type OptionType = "boolean" | "number" | "text" | "choice" | "list";

/** One option, ready for flags, help and completions. */
export interface Option extends OptionMeta {
  /** Key in a job file and in {@linkcode Job}. */
  readonly key: JobKey;
  /** Flag without dashes and without `no-`: `boot-proof`. */
  readonly flag: string;
  /** The flag as a person writes it: `--no-boot-proof`. */
  readonly display: string;
  /** Environment variable. */
  readonly env: string;
  /** Kind of value. */
  readonly type: OptionType;
  /** The words of a choice. */
  readonly choices: readonly string[];
  /** Value when nothing sets it. */
  readonly defaultValue: unknown;
}

const TYPES: Readonly<Record<string, OptionType>> = {
  boolean: "boolean",
  number: "number",
  string: "text",
  enum: "choice",
  array: "list",
};

/** Every option in the order of the schema. */
export const OPTIONS: readonly Option[] = (Object.keys(jobSchema.shape) as JobKey[]).map(describe);

/** Commands that take the options of others, too. */
const ALSO: Readonly<Partial<Record<JobCommand, readonly JobCommand[]>>> = {
  run: ["convert"],
  sandbox: ["convert"],
  sync: ["vsphere"],
  cutover: ["vsphere", "convert"],
};

/** The options that a command takes; `run` and `sandbox` take those of `convert`. */
export function optionsOf(command: JobCommand): readonly Option[] {
  const taken = [command, ...ALSO[command] ?? []];
  return OPTIONS.filter((option) => taken.some((one) => option.commands.includes(one)));
}

function describe(key: JobKey): Option {
  const schema: z.ZodType = jobSchema.shape[key];
  const meta = optionMeta.get(schema);
  if (meta === undefined) throw new TypeError(`Cannot use option ${key}: it has no metadata`);
  const { flag = key.replaceAll("_", "-") } = meta;
  const { inner, defaultValue } = unwrap(schema);
  return {
    ...meta,
    key,
    flag,
    display: meta.negated === true ? `--no-${flag}` : `--${flag}`,
    env: `HYPER2KVM_${key.toUpperCase()}`,
    type: typeOf(inner),
    choices: inner.def.type === "enum" ? Object.keys((inner as z.ZodEnum).def.entries) : [],
    defaultValue,
  };
}

/** Takes off `.optional()` and `.default()`. */
function unwrap(schema: z.ZodType): { inner: z.ZodType; defaultValue: unknown } {
  let inner = schema;
  let defaultValue: unknown;
  while (inner.def.type === "optional" || inner.def.type === "default") {
    if (inner.def.type === "default") defaultValue = (inner as z.ZodDefault).def.defaultValue;
    inner = (inner as z.ZodOptional<z.ZodType>).def.innerType;
  }
  return { inner, defaultValue };
}

function typeOf(schema: z.ZodType): OptionType {
  const type = TYPES[schema.def.type];
  if (type === undefined) throw new TypeError(`Cannot make a flag of a ${schema.def.type}`);
  return type;
}
