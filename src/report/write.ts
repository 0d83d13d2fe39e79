/**
 * Writes the reports into the output folder.
 *
 * @module
 */
import { join } from "@std/path";
import type { Report } from "../model/report.ts";
import { toJson } from "./json.ts";
import { toMarkdown } from "./markdown.ts";

/** Writes report.json and report.md, each complete or not at all. */
export async function writeReports(report: Report, folder: string): Promise<void> {
  await writeAtomic(join(folder, "report.json"), toJson(report));
  await writeAtomic(join(folder, "report.md"), toMarkdown(report));
}

async function writeAtomic(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(`${path}.partial`, text);
  await Deno.rename(`${path}.partial`, path);
}
