/**
 * The options as a JSON Schema, for editors that check job files while they are written.
 *
 * @module
 */
import * as z from "zod";
import { type Option, OPTIONS } from "./options.ts";
import { jobSchema } from "./schema.ts";

/** A JSON Schema or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The schema of job files: the options, and `vms` with the options of each machine. */
export function jobFileSchema(): JsonSchema {
  const { properties = {} } = z.toJSONSchema(jobSchema, { io: "input" }) as {
    properties?: Record<string, JsonSchema>;
  };
  const options = Object.fromEntries(
    OPTIONS.filter((option) => option.flagOnly !== true).map((
      option,
    ) => [option.key, describe(option, properties[option.key] ?? {})]),
  );
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "hyper2kvm job",
    description: "Options of hyper2kvm run JOB. Flags and HYPER2KVM_* variables win over these.",
    type: "object",
    additionalProperties: false,
    properties: {
      ...options,
      vms: {
        description: "The machines of a batch, each with options of its own over those of the file.",
        type: "array",
        items: {
          type: "object",
          additionalProperties: false,
          properties: {
            ...options,
            depends_on: {
              description: "Names of the machines that must have succeeded before this one starts.",
              anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }],
            },
          },
        },
      },
    },
  };
}

/** A list may also be written as one text. */
function describe(option: Option, schema: JsonSchema): JsonSchema {
  const { default: standard, ...rest } = schema;
  const description = keyText(option);
  const value = option.type === "list" ? { anyOf: [{ type: "string" }, rest] } : rest;
  return { description, ...value, ...(standard === undefined ? {} : { default: standard }) };
}

/** The help of a flag for its key: a flag `--no-X` is the key with `false`. */
export function keyText(option: Option): string {
  if (option.negated !== true) return option.help;
  return `false: ${option.help.charAt(0).toLowerCase()}${option.help.slice(1)}`;
}
