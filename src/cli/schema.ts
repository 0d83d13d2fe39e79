/**
 * Command `schema`.
 *
 * @module
 */
import { jobFileSchema } from "../config/json_schema.ts";
import { print } from "./output.ts";
import { noArguments } from "./plain_arguments.ts";

/** Prints the JSON Schema of job files. */
export function run(args: readonly string[]): Promise<number> {
  noArguments("schema", args);
  print(`${JSON.stringify(jobFileSchema(), null, 2)}\n`);
  return Promise.resolve(0);
}
