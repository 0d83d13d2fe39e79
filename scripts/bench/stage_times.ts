/**
 * How long the stages of a conversion took, from what the converter itself says.
 *
 * @module
 */
import type { Report } from "../../src/model/report.ts";
import type { BenchRun } from "./cost.ts";

/** The stages that are compared, in milliseconds. */
export type StageTimes = Pick<BenchRun, "copyMs" | "fixMs">;

/** Our stages between the start of the appliance and its shutdown. */
const FIXING: readonly string[] = ["open", "inspect", "fix"];

/** The times in our report. */
export function reportTimes(report: Report): StageTimes {
  const stages = report.vms[0]?.stages ?? [];
  const copyMs = stages.find(({ stage }) => stage === "copy")?.elapsedMs;
  const fixing = stages.filter(({ stage }) => FIXING.includes(stage));
  return {
    ...(copyMs === undefined ? {} : { copyMs }),
    ...(fixing.length < FIXING.length ? {} : { fixMs: fixing.reduce((sum, one) => sum + one.elapsedMs, 0) }),
  };
}

/** virt-v2v's time from "Opening the source" to "Copying disk", from its messages (one JSON object a line). */
export function messageTimes(text: string): StageTimes {
  const messages = text.split("\n").filter((line) => line.startsWith("{")).map((line) =>
    JSON.parse(line) as { readonly message?: string; readonly timestamp?: string }
  );
  const at = (start: string): number =>
    Date.parse(messages.find(({ message }) => message?.startsWith(start))?.timestamp ?? "");
  const fixMs = at("Copying disk") - at("Opening the source");
  return Number.isNaN(fixMs) ? {} : { fixMs };
}
