/**
 * Preflight rule: there is room for the outputs, and for the work folder where that is on the same storage.
 *
 * @module
 */
import { size } from "../ui/size.ts";
import type { Finding, PreflightRule } from "./rule.ts";

/** Stops when the output does not fit. */
export const freeSpace: PreflightRule = {
  id: "space/output",
  check({ spaces, isWritten }): Finding | null {
    const output = spaces.find((one) => one.purpose === "output");
    if (isWritten === true || output === undefined) return null;
    const needed = spaces.filter((one) => one.storage === output.storage)
      .reduce((sum, one) => sum + one.neededBytes, 0);
    if (output.freeBytes >= needed) return null;
    return {
      id: "space/output",
      severity: "critical",
      code: "space/full",
      message: `Cannot write to ${output.path}: ${size(needed)} are needed, ${
        size(output.freeBytes)
      } are free.`,
      hint: "Free some space or choose another folder with -o.",
    };
  },
};
