/**
 * Preflight rule: the output folder can be written, or made.
 *
 * @module
 */
import { runCommand } from "../run/command.ts";
import { existingParent } from "./existing_parent.ts";
import type { HostFacts } from "./host.ts";
import type { Finding, PreflightRule } from "./rule.ts";

/** Stops when the folder cannot be written. */
export const outputFolder: PreflightRule = {
  id: "output/folder",
  async check({ outputDir, host }): Promise<Finding | null> {
    const parent = await existingParent(outputDir);
    if (!(await Deno.stat(parent)).isDirectory) {
      return critical(`Cannot write to ${outputDir}: ${parent} is a file.`, "Choose another folder with -o.");
    }
    if (await isWritable(parent, host)) return null;
    return critical(
      `Cannot write to ${outputDir}: ${parent} is read-only or not yours.`,
      "Choose another folder with -o, or run as a user who may write there.",
    );
  },
};

/** What was asked in a run, whose machines share what is known of the host: a batch has few folders. */
const asked = new WeakMap<HostFacts, Map<string, Promise<boolean>>>();

function isWritable(folder: string, run: HostFacts): Promise<boolean> {
  const known = asked.get(run) ?? new Map<string, Promise<boolean>>();
  asked.set(run, known);
  const answer = known.get(folder) ?? testWritable(folder);
  known.set(folder, answer);
  return answer;
}

/**
 * access() of node:fs only compares mode bits here: it knows neither a read-only mount nor an ACL. And a plan must not
 * find out by writing.
 */
async function testWritable(folder: string): Promise<boolean> {
  const { status } = await runCommand("test", ["-w", folder, "-a", "-x", folder], { okStatuses: [0, 1] });
  return status === 0;
}

function critical(message: string, hint: string): Finding {
  return { id: "output/folder", severity: "critical", code: "permission/denied", message, hint };
}
