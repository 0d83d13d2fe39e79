/**
 * The report for programs.
 *
 * @module
 */
import type { Report } from "../model/report.ts";

/** The text of report.json. */
export function toJson(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
