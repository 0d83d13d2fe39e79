/**
 * Preflight rule: the output folder can be written, or made.
 *
 * @module
 */
import { runCommand } from "../run/command.ts";
import { existingParent } from "./existing_parent.ts";
import type { Finding, PreflightRule } from "./rule.ts";

/** Stops when the folder cannot be written. */
export const outputFolder: PreflightRule = {
  id: "output/folder",
  async check({ outputDir }): Promise<Finding | null> {
    const parent = await existingParent(outputDir);
    if (!(await Deno.stat(parent)).isDirectory) {
      return critical(`Cannot write to ${outputDir}: ${parent} is a file.`, "Choose another folder with -o.");
    }
    // access() of node:fs only compares mode bits here: it knows neither a read-only mount nor an ACL. And a
    // plan must not find out by writing.
    const { status } = await runCommand("test", ["-w", parent, "-a", "-x", parent], { okStatuses: [0, 1] });
    if (status === 0) return null;
    return critical(
      `Cannot write to ${outputDir}: ${parent} is read-only or not yours.`,
      "Choose another folder with -o, or run as a user who may write there.",
    );
  },
};

function critical(message: string, hint: string): Finding {
  return { id: "output/folder", severity: "critical", code: "permission/denied", message, hint };
}
