/**
 * Unified kernel images: kernel, initramfs and arguments in one file. One that could not boot on KVM gets what it
 * lacks: by new sections in the file, or, where it is signed or on request, by the guest's own program.
 *
 * @module
 */
import { join } from "@std/path";
import type { Change } from "../../model/change.ts";
import type { Fix, FixContext, FixPlan } from "../fix.ts";
import { PlanDraft } from "../text_edit.ts";
import { configurationChange } from "./initramfs/guest_config.ts";
import { GuestImages } from "./initramfs/guest_images.ts";
import { startsByDefault, unifiedKernels } from "./unified_kernels/find.ts";
import { judgeUnified } from "./unified_kernels/judge.ts";
import { planUnified, UNIFIED_ID } from "./unified_kernels/plan_image.ts";
import { readUnified } from "./unified_kernels/unified_image.ts";

async function plan(context: FixContext): Promise<FixPlan> {
  const draft = new PlanDraft(UNIFIED_ID);
  const guestImages = new GuestImages(context);
  const texts: Change[] = [];
  const images: Change[] = [];
  for (const path of await unifiedKernels(context.files)) {
    const folder = await Deno.makeTempDir({ dir: context.workDir, prefix: "unified-" });
    try {
      const hostPath = join(folder, "image"), initrdPath = join(folder, "initrd");
      await context.files.download(path, hostPath);
      const image = await readUnified(hostPath, initrdPath, context.signal);
      if (image === null) {
        draft.leave("it is no unified kernel image that can be read", path);
        continue;
      }
      const severity = await startsByDefault(path, context.guest, context.files) ? "critical" : "warning";
      const verdict = await judgeUnified(context, guestImages, path, image);
      const planned = await planUnified(context, guestImages, { path, image, initrdPath, verdict, severity });
      planned.leftAlone.forEach(({ reason }) => draft.leave(reason, path));
      planned.concerns.forEach((concern) => draft.warn(concern));
      images.push(...planned.changes);
      if (planned.generator === undefined) continue;
      const change = await configurationChange(
        context.files,
        planned.generator,
        verdict.load,
        UNIFIED_ID,
      );
      if (change && !texts.some((one) => one.path === change.path)) texts.push(change);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
  // The guest's program reads its configuration, so that comes first.
  return { ...draft.finish(), changes: [...texts, ...images] };
}

/** Gives unified kernel images the drivers and the arguments that they need on KVM. */
export const unifiedKernelImages: Fix = {
  id: UNIFIED_ID,
  title: "Unified kernel images",
  applies: (guest) => guest.osType === "linux" && guest.firmware === "uefi",
  plan,
};
