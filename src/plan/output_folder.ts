/**
 * Preflight rule: the output folder can be written, or made.
 *
 * @module
 */
import { access, constants } from "node:fs/promises";
import { existingParent } from "./existing_parent.ts";
import type { Finding, PreflightRule } from "./rule.ts";

/** Stops when the folder cannot be written. */
export const outputFolder: PreflightRule = {
  id: "output/folder",
  async check({ outputDir }) {
    const parent = await existingParent(outputDir);
    if (!(await Deno.stat(parent)).isDirectory) {
      return critical(`Cannot write to ${outputDir}: ${parent} is a file.`, "Choose another folder with -o.");
    }
    try {
      await access(parent, constants.W_OK | constants.X_OK);
      return null;
    } catch (error) {
      const reason = (error as { code?: string }).code === "EROFS"
        ? "the filesystem is read-only"
        : "permission denied";
      return critical(
        `Cannot write to ${outputDir}: ${reason}.`,
        "Choose another folder with -o, or run as a user who may write there.",
      );
    }
  },
};

function critical(message: string, hint: string): Finding {
  return { id: "output/folder", severity: "critical", code: "permission/denied", message, hint };
}
