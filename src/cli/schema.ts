/**
 * Command `schema`.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import { print } from "./output.ts";

/** What there is a schema of, each loaded when it is asked for. */
const SCHEMAS: Readonly<Record<string, () => Promise<unknown>>> = {
  job: async () => (await import("../config/json_schema.ts")).jobFileSchema(),
  report: async () => (await import("../report/report.schema.json", { with: { type: "json" } })).default,
  events: async () => (await import("../ui/events.schema.json", { with: { type: "json" } })).default,
};

/** Prints the JSON Schema of job files, of report.json, or of the lines of `--progress json`. */
export async function run(args: readonly string[]): Promise<number> {
  const [name = "job", ...more] = args;
  const schema = Object.hasOwn(SCHEMAS, name) ? SCHEMAS[name] : undefined;
  if (schema === undefined || more.length > 0) {
    throw new MigrateError("usage/bad-option", `Cannot print a schema: "${args.join(" ")}" has none.`, {
      hint: `hyper2kvm schema ${Object.keys(SCHEMAS).join("|")}`,
    });
  }
  print(`${JSON.stringify(await schema(), null, 2)}\n`);
  return 0;
}
