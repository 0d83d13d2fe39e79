/**
 * Writes the reports into the output folder.
 *
 * @module
 */
import { extname, join } from "@std/path";
import type { Report } from "../model/report.ts";
import { toHtml } from "./html.ts";
import { toJson } from "./json.ts";
import { toMarkdown } from "./markdown.ts";

/** Writes report.json, report.md and report.html, each complete or not at all. */
export async function writeReports(report: Report, folder: string): Promise<void> {
  for (const name of ["report.json", "report.md", "report.html"]) {
    await writeReportFile(report, join(folder, name));
  }
}

/** Writes a report to one file, complete or not at all; its extension says which kind: .json, .html or Markdown. */
export async function writeReportFile(report: Report, path: string): Promise<void> {
  await Deno.writeTextFile(`${path}.partial`, await textFor(report, extname(path)));
  await Deno.rename(`${path}.partial`, path);
}

async function textFor(report: Report, extension: string): Promise<string> {
  if (extension === ".json") return toJson(report);
  if (/^\.html?$/.test(extension)) {
    return toHtml(report, await screenshots(report), await definitions(report));
  }
  return toMarkdown(report);
}

/** The last screenshot of each boot proof, by path. */
async function screenshots(report: Report): Promise<ReadonlyMap<string, Uint8Array>> {
  return await readAll(report.vms.map((vm) => vm.proof?.screenshots.at(-1)));
}

/** The definitions, by path. */
async function definitions(report: Report): Promise<ReadonlyMap<string, string>> {
  const files = await readAll(report.vms.map((vm) => vm.definition));
  return new Map([...files].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)]));
}

/** The content of files; one that has been removed since is left out. */
async function readAll(paths: readonly (string | undefined)[]): Promise<Map<string, Uint8Array>> {
  const contents = new Map<string, Uint8Array>();
  for (const path of paths) {
    if (path === undefined) continue;
    try {
      contents.set(path, await Deno.readFile(path));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return contents;
}
