/**
 * Preflight: every rule, in order. `plan` prints what they find, `convert` stops at the first critical one.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import { applianceKernel } from "./appliance_kernel.ts";
import { accelerator } from "./accelerator.ts";
import { freeSpace } from "./free_space.ts";
import { outputDevice } from "./output_device.ts";
import { outputExists } from "./output_exists.ts";
import { outputFolder } from "./output_folder.ts";
import type { Finding, PreflightFacts, PreflightRule } from "./rule.ts";
import { workSpace } from "./work_space.ts";
import { tools } from "./tools.ts";
import { virtV2v } from "./virt_v2v.ts";

/** The rules in the order in which they are asked. */
export const RULES: readonly PreflightRule[] = [
  tools,
  virtV2v,
  applianceKernel,
  outputFolder,
  outputExists,
  outputDevice,
  freeSpace,
  workSpace,
  accelerator,
];

/** Asks every rule; findings in the order of the rules. */
export async function preflight(facts: PreflightFacts): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const rule of RULES) {
    const finding = await rule.check(facts);
    if (finding !== null) findings.push(finding);
    // Without qemu-img nothing more can be asked.
    if (facts.host.qemuImg === null && findings.length > 0) break;
  }
  return findings;
}

/** The error for the first critical finding; null when nothing blocks. */
export function blockingError(findings: readonly Finding[]): MigrateError | null {
  const finding = findings.find((one) => one.severity === "critical");
  if (finding === undefined || finding.severity !== "critical") return null;
  return new MigrateError(finding.code, finding.message, {
    stage: "preflight",
    ...(finding.hint === undefined ? {} : { hint: finding.hint }),
  });
}
