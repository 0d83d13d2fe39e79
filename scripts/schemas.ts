/**
 * `deno run -A scripts/schemas.ts`: writes the JSON Schemas of report.json and of `--progress json` from the types
 * that the program itself uses.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { createGenerator } from "ts-json-schema-generator";

/** A schema: the type that it is of, and the file that it goes to. */
interface SchemaFile {
  readonly module: string;
  readonly type: string;
  readonly file: string;
  readonly title: string;
}

const ROOT = new URL("../", import.meta.url);

const SCHEMAS: readonly SchemaFile[] = [
  {
    module: "src/model/report.ts",
    type: "Report",
    file: "src/report/report.schema.json",
    title: "report.json of hyper2kvm",
  },
  {
    module: "src/ui/json.ts",
    type: "ProgressLine",
    file: "src/ui/events.schema.json",
    title: "A line of hyper2kvm --progress json",
  },
];

/** The text of each schema, by the path of its file. */
export function makeSchemas(): Map<string, string> {
  return new Map(SCHEMAS.map(({ module, type, file, title }) => {
    const generator = createGenerator({
      path: fromFileUrl(new URL(module, ROOT)),
      type,
      skipTypeCheck: true,
      // Later versions add members; a reader of this one passes over them.
      additionalProperties: true,
    });
    const schema = { title, ...generator.createSchema(type) };
    return [fromFileUrl(new URL(file, ROOT)), `${JSON.stringify(schema, null, 2)}\n`];
  }));
}

if (import.meta.main) {
  for (const [path, text] of makeSchemas()) await Deno.writeTextFile(path, text);
}
