/**
 * Preflight rule: there is room for the work folder, where it is on a storage of its own.
 *
 * @module
 */
import { size } from "../ui/size.ts";
import type { Finding, PreflightRule } from "./rule.ts";

/** Stops when the temporary files do not fit. */
export const workSpace: PreflightRule = {
  id: "space/work",
  check({ spaces }): Finding | null {
    const output = spaces.find((one) => one.purpose === "output");
    const work = spaces.find((one) => one.purpose === "work");
    if (work === undefined || work.storage === output?.storage || work.freeBytes >= work.neededBytes) {
      return null;
    }
    return {
      id: "space/work",
      severity: "critical",
      code: "space/full",
      message: `Cannot work in ${work.path}: ${size(work.neededBytes)} are needed, ${
        size(work.freeBytes)
      } are free.`,
      hint: "Free some space or choose another folder with --work-dir.",
    };
  },
};
