/**
 * Makes the resume device of initramfs-tools independent of disk names (initramfs.conf(5), RESUME): with a name that
 * KVM does not have, the boot waits half a minute for it.
 *
 * @module
 */
import type { Fix, FixContext, FixPlan } from "../fix.ts";
import { PlanDraft } from "../text_edit.ts";
import { type Devices, stableName } from "./device_names.ts";
import type { ArgumentsResult } from "./kernel_arguments.ts";
import { recordNames } from "./record_names.ts";

const ID = "resume";
const SETTINGS = "/etc/initramfs-tools/initramfs.conf";
const SETTINGS_FOLDER = "/etc/initramfs-tools/conf.d";
/** The assignment, a quote, the device, the rest. */
const LINE = /^(\s*(?:export\s+)?RESUME=)(["']?)([^\s"'#]+)(.*)$/;

/** Rewrites `RESUME=` in a file of settings; all else stays, quotes included. */
export function stabilizeResume(text: string, devices: Devices): ArgumentsResult {
  const notes = { changed: [] as string[], leftAlone: [] as string[], unresolved: [] as string[] };
  const lines = text.split("\n").map((line) => {
    const [, head, quote, device, rest] = LINE.exec(line) ?? [];
    if (head === undefined || device === undefined) return line;
    const name = stableName(device, devices);
    if (name.kind === "stable") notes.leftAlone.push(`RESUME: ${name.reason}`);
    if (name.kind === "unresolved") notes.unresolved.push(`RESUME=${device} (${name.reason})`);
    if (name.kind !== "changes") return line;
    notes.changed.push(`RESUME=${device} → RESUME=${name.to}`);
    return `${head}${quote}${name.to}${rest}`;
  });
  return { text: lines.join("\n"), ...notes };
}

async function plan({ files, guest }: FixContext): Promise<FixPlan> {
  const draft = new PlanDraft(ID);
  // run-parts takes names without a dot; mkinitramfs reads every file here.
  const parts = (await files.list(SETTINGS_FOLDER)).map((name) => `${SETTINGS_FOLDER}/${name}`);
  for (const path of [SETTINGS, ...parts.filter((one) => !one.endsWith(".hyper2kvm-orig"))]) {
    const before = await files.readText(path);
    if (before === null) continue;
    const result = stabilizeResume(before, guest);
    const hint =
      "The guest waits for this device when it boots; write RESUME=none or its UUID in the source.";
    await recordNames(draft, files, ID, { path, before, result, what: "A line of", hint });
  }
  return draft.finish();
}

/** Makes the resume device of initramfs-tools independent of disk names. */
export const resume: Fix = {
  id: ID,
  title: "Name the resume device by UUID",
  applies: (guest) => guest.osType === "linux",
  plan,
};
