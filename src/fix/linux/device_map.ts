/**
 * Deletes GRUB's stale device.map, in which grub-install would look up disks by the names that they had on
 * VMware. GRUB finds the disks by itself when there is none (GRUB manual, section "Device map").
 *
 * @module
 */
import type { Fix, FixContext, FixPlan } from "../fix.ts";
import { PlanDraft } from "../text_edit.ts";

const ID = "device-map";
const FOLDERS = ["/boot/grub", "/boot/grub2"] as const;

/** The devices of a map that have another name on KVM: all but virtio disks. */
export function staleDevices(text: string): readonly string[] {
  const devices = text.split("\n").flatMap((line) => /^\s*\([^)]+\)\s+(\S+)/.exec(line)?.[1] ?? []);
  return devices.filter((device) => !/^\/dev\/(vd[a-z]+|fd\d+|disk\/by-id\/virtio-\S+)$/.test(device));
}

async function plan({ files }: FixContext): Promise<FixPlan> {
  const draft = new PlanDraft(ID);
  for (const folder of FOLDERS) {
    const path = `${folder}/device.map`;
    const before = (await files.list(folder)).includes("device.map") ? await files.readText(path) : null;
    if (before === null) continue;
    const stale = staleDevices(before);
    if (stale.length === 0) draft.leave("it names no disk that is called otherwise on KVM", path);
    else {
      const why = `It maps ${stale.join(", ")}, which KVM does not have; GRUB finds disks without it.`;
      await draft.edit(files, { path, before, after: null, why });
    }
  }
  return draft.finish();
}

/** Deletes GRUB's stale device.map. */
export const deviceMap: Fix = {
  id: ID,
  title: "Delete the stale device.map of GRUB",
  applies: (guest) => guest.osType === "linux",
  plan,
};
