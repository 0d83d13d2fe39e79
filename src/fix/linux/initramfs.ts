/**
 * Gives the initramfs of each boot entry the drivers for virtio disks, where it lacks them: by adding an
 * archive at its end, or, on request, by running the guest's own program.
 *
 * @module
 */
import type { Change, LeftAlone } from "../../model/change.ts";
import type { Concern } from "../../model/concern.ts";
import type { Fix, FixContext, FixPlan } from "../fix.ts";
import { bootSets } from "./initramfs/boot_set.ts";
import type { Generator } from "./initramfs/generator.ts";
import { configurationChange } from "./initramfs/guest_config.ts";
import { GuestImages } from "./initramfs/guest_images.ts";
import { FIX_ID, planBootSet } from "./initramfs/plan_boot_set.ts";
import { unifiedKernels } from "./unified_kernels/find.ts";

/** Adds virtio drivers to every initramfs that a boot entry loads without them. */
export const initramfs: Fix = {
  id: FIX_ID,
  title: "virtio drivers in the initramfs",
  applies: (guest) => guest.osType === "linux",
  plan,
};

async function plan(context: FixContext): Promise<FixPlan> {
  if (context.options.initramfs === "off") return { changes: [], leftAlone: [], concerns: [] };
  const { sets, concerns: missing } = await bootSets(context.guest, context.files);
  const changes = new Map<string, Change>();
  const leftAlone: LeftAlone[] = [];
  const concerns: Concern[] = [...missing];
  const added = new Map<Generator, Set<string>>();
  if (context.guest.bootEntries.length === 0 && (await unifiedKernels(context.files)).length === 0) {
    concerns.push(noBootEntry());
  }
  const guestImages = new GuestImages(context);
  for (const set of sets) {
    // Two entries may end in the same image; it gets its modules once.
    if (changes.has(set.paths.at(-1) ?? "")) continue;
    const result = await planBootSet(context, guestImages, set);
    leftAlone.push(...result.leftAlone);
    concerns.push(...result.concerns);
    if (result.change !== undefined) changes.set(result.change.path, result.change);
    if (result.added === undefined) continue;
    const { generator, modules } = result.added;
    added.set(generator, (added.get(generator) ?? new Set()).union(new Set(modules)));
  }
  const texts: Change[] = [];
  for (const [generator, modules] of added) {
    const change = await configurationChange(context.files, generator, [...modules], FIX_ID);
    if (change === undefined) concerns.push(nextUpdate([...modules]));
    else if (change !== null) texts.push(change);
  }
  // The guest's program reads its configuration, and an image that is complete asks for none any more: so the
  // configuration comes first. Of the images the default kernel's is the first.
  return { changes: [...texts, ...changes.values()], leftAlone, concerns };
}

function noBootEntry(): Concern {
  return {
    id: `${FIX_ID}/no-boot-entry`,
    severity: "warning",
    message: "No boot entry was found, so no initramfs was checked for virtio drivers.",
    hint: "Make sure by hand that the guest's initramfs has virtio_pci and virtio_blk.",
  };
}

function nextUpdate(modules: readonly string[]): Concern {
  return {
    id: `${FIX_ID}/next-update`,
    severity: "warning",
    message:
      "The program that makes the guest's initramfs is not known, so its configuration was not changed.",
    hint: `Before the guest's next kernel update, make sure that its initramfs gets ${modules.join(", ")}.`,
  };
}
