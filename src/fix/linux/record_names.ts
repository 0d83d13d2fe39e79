/**
 * A file in which names of disks were replaced, as a fix records it.
 *
 * @module
 */
import type { GuestFiles } from "../../guest/files.ts";
import type { PlanDraft } from "../text_edit.ts";
import type { ArgumentsResult } from "./kernel_arguments.ts";

/** One file, and what a person reads of it. */
export interface RenamedFile {
  /** Its path in the guest. */
  readonly path: string;
  /** Its text before. */
  readonly before: string;
  /** What became of it. */
  readonly result: ArgumentsResult;
  /** What stays where a name cannot be replaced, such as `A kernel argument in`. */
  readonly what: string;
  /** What to do about that. */
  readonly hint?: string;
}

const HINT = "Convert all disks of the machine together, or name the device by UUID in the source.";

/** Records the edit, what is right already, and a concern for each name that cannot be replaced. */
export async function recordNames(
  draft: PlanDraft,
  files: GuestFiles,
  fix: string,
  { path, before, result, what, hint = HINT }: RenamedFile,
): Promise<void> {
  const why = `Names of disks change on KVM: ${result.changed.join("; ")}.`;
  await draft.edit(files, { path, before, after: result.text, why });
  for (const reason of result.leftAlone) draft.leave(reason, path);
  for (const reason of result.unresolved) {
    const message = `${what} ${path} stays as it is: ${reason}.`;
    draft.warn({ id: `${fix}/unresolved`, severity: "warning", message, hint });
  }
}
