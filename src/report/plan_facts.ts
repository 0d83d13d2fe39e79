/**
 * What a plan says of space, tools and time.
 *
 * @module
 */
import type { VmPlan } from "../model/plan.ts";
import type { Report, VmReport } from "../model/report.ts";
import { sumSpaces } from "../plan/batch_space.ts";
import { totalMs } from "../plan/estimate.ts";
import { duration } from "../ui/duration.ts";
import { size } from "../ui/size.ts";
import { block, leftColumns, type Page, pair, paragraph } from "./page.ts";

/** Space on each storage, all machines together. */
export function spaceLines(page: Page, vms: readonly VmReport[]): string[] {
  const rows = sumSpaces(vms).map((one): [string, string] => [
    one.path,
    `${size(one.neededBytes)} needed, ${size(one.freeBytes)} free` +
    (one.neededBytes > one.freeBytes ? ": not enough" : ""),
  ]);
  const width = leftColumns(rows.map(([path]) => path));
  return block(page, "Space", rows.flatMap(([path, text]) => pair(page, path, text, width)));
}

/** Time of one machine, by stage. */
export function timeLines(page: Page, plan: VmPlan): string[] {
  const told = plan.times.filter((one) => one.ms >= 1_000).map((one) =>
    `${one.stage} ${duration(one.ms)}${one.basis === "usual" ? " (usual)" : ""}`
  );
  const speed = plan.readBytesPerSecond;
  const reads = speed === undefined ? "" : ` The source reads at ${size(speed)}/s.`;
  const parts = told.length === 0 ? "" : `: ${told.join(", ")}`;
  return block(page, "Time", paragraph(page, `about ${duration(totalMs(plan.times))}${parts}.${reads}`));
}

/** Versions of what would be used. */
export function toolLines(page: Page, report: Report): string[] {
  const rows = Object.entries(report.host);
  const width = leftColumns(rows.map(([name]) => name));
  return block(page, "Tools", rows.flatMap(([name, version]) => pair(page, name, version, width)));
}
