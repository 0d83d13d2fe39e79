/**
 * Batches as CSV: the first line names the options, each further line is a machine. Fields follow RFC 4180; a
 * list, such as the disks of a machine, is one field with `;` between.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import { coerce, type Given } from "./flags.ts";
import type { VmLayer } from "./job_file.ts";
import { OPTIONS } from "./options.ts";
import { suggest } from "./suggest.ts";

/** The records of a CSV text, each with the line on which it starts. */
export function csvRecords(text: string): { line: number; fields: string[] }[] {
  const records: { line: number; fields: string[] }[] = [];
  let fields: string[] = [], line = 1, startLine = 1;
  // A quoted field, or a plain one, and what ends it.
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  const body = text.replace(/^\uFEFF/, "");
  while (field.lastIndex < body.length) {
    const match = field.exec(body);
    if (match === null) {
      throw new MigrateError("config/bad-file", `Cannot read line ${line}: a quote is out of place.`);
    }
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    line += match[0].split("\n").length - 1;
    if (match[3] === ",") continue;
    if (fields.some((one) => one.trim() !== "")) records.push({ line: startLine, fields });
    fields = [];
    startLine = line;
  }
  return records;
}

/**
 * Reads the machines of a CSV file.
 *
 * @throws {MigrateError} `config/bad-file`
 */
export function csvLayers(path: string, text: string): VmLayer[] {
  const [head, ...rows] = csvRecords(text);
  const keys = (head?.fields ?? []).map((key) => key.trim());
  const options = OPTIONS.filter((option) => option.flagOnly !== true);
  const columns = keys.map((key) => {
    const option = options.find((one) => one.key === key);
    if (option === undefined && key !== "depends_on") {
      const near = suggest(key, options.map((one) => one.key));
      throw new MigrateError("config/bad-file", `Cannot use ${path}: there is no option "${key}".`, {
        hint: near === undefined
          ? "The first line names options, such as source,name."
          : `Did you mean ${near}?`,
      });
    }
    return option;
  });
  return rows.map(({ line, fields }) => {
    const values: Given = {};
    let dependsOn: string[] = [];
    for (const [index, field] of fields.entries()) {
      if (field.trim() === "") continue;
      const option = columns[index];
      if (keys[index] === "depends_on") dependsOn = list(field);
      else if (option !== undefined) {
        values[option.key] = option.type === "list" ? list(field) : coerce(option, field.trim());
      }
    }
    return { values, dependsOn, origin: ({ key }) => `column ${key} in line ${line} of ${path}` };
  });
}

function list(field: string): string[] {
  return field.split(";").map((part) => part.trim()).filter((part) => part !== "");
}
