/**
 * What no change can cure: a critical concern of a fix.
 *
 * @module
 */
import type { Concern } from "../model/concern.ts";
import { MigrateError } from "../model/error.ts";

/** The error for a guest that cannot boot whatever is changed in it; null when nothing says so. */
export function blockedBy(concerns: readonly Concern[]): MigrateError | null {
  const critical = concerns.find(({ severity }) => severity === "critical");
  if (critical === undefined) return null;
  const skip = `To convert it as it is: --skip-fix ${critical.id.split("/")[0]}.`;
  return new MigrateError("guest/unsupported", `Cannot make the guest boot on KVM: ${critical.message}`, {
    stage: "fix",
    hint: critical.hint === undefined ? skip : `${critical.hint} ${skip}`,
  });
}
