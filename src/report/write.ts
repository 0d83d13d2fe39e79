/**
 * Writes the reports into the output folder.
 *
 * @module
 */
import { join } from "@std/path";
import type { Report } from "../model/report.ts";
import { exists } from "../run/files.ts";
import { type Renderer, RENDERERS, selectRenderer } from "./renderer.ts";

/** Writes report.json, report.md, report.html and those of `more`, each complete or not at all. */
export async function writeReports(
  report: Report,
  folder: string,
  more: readonly Renderer[] = [],
): Promise<void> {
  for (const renderer of [...RENDERERS, ...more]) {
    await writeWith(renderer, report, join(folder, `report${renderer.extensions[0]}`));
  }
}

/** Whether the reports in a folder are all there and say of these machines that they succeeded. */
export async function reportsTellOf(
  names: readonly string[],
  folder: string,
  more: readonly Renderer[] = [],
): Promise<boolean> {
  const paths = [...RENDERERS, ...more].map(({ extensions }) => join(folder, `report${extensions[0]}`));
  for (const path of paths) if (!await exists(path)) return false;
  const { vms } = JSON.parse(await Deno.readTextFile(join(folder, "report.json"))) as Report;
  return names.every((name) => vms.some((vm) => vm.name === name && vm.status === "succeeded"));
}

/** Writes a report to one file, complete or not at all; its extension says which kind, Markdown if none has it. */
export async function writeReportFile(
  report: Report,
  path: string,
  more: readonly Renderer[] = [],
): Promise<void> {
  await writeWith(selectRenderer(path, [...RENDERERS, ...more]), report, path);
}

async function writeWith(renderer: Renderer, report: Report, path: string): Promise<void> {
  await Deno.writeTextFile(`${path}.partial`, await renderer.render(report));
  await Deno.rename(`${path}.partial`, path);
}
