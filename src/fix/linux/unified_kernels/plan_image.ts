/**
 * How one unified kernel image is cured.
 *
 * @module
 */
import type { Change, CommandChange, LeftAlone } from "../../../model/change.ts";
import type { Concern } from "../../../model/concern.ts";
import { MigrateError } from "../../../model/error.ts";
import type { FixContext } from "../../fix.ts";
import { additionFiles, modulesInTree, packForImage } from "../initramfs/augment.ts";
import type { CpioFile } from "../initramfs/cpio_writer.ts";
import { detectGenerator, type Generator } from "../initramfs/generator.ts";
import type { GuestImages } from "../initramfs/guest_images.ts";
import { withNeeds } from "../initramfs/kernel_modules.ts";
import { resumeFiles } from "../initramfs/resume_settings.ts";
import { appendSections, type NewContent } from "./augment.ts";
import type { Verdict } from "./judge.ts";
import { findUnifiedProgram, signsImages, unifiedCommand } from "./rebuild.ts";
import type { UnifiedImage } from "./unified_image.ts";

/** The id of the fix, in all its records. */
export const UNIFIED_ID = "unified-kernels";
/** Where mkinitcpio and kernel-install read the arguments of new images. */
const KERNEL_CMDLINE = "/etc/kernel/cmdline";

/** One image. */
export interface Judged {
  /** Its path in the guest. */
  readonly path: string;
  /** What it holds. */
  readonly image: UnifiedImage;
  /** Its initramfs on the host. */
  readonly initrdPath: string;
  /** What it lacks. */
  readonly verdict: Verdict;
  /** How bad it is when it does not boot. */
  readonly severity: Concern["severity"];
}

/** What is to be done for one image. */
export interface UnifiedPlan {
  /** The changes. */
  readonly changes: readonly Change[];
  /** Why nothing is done. */
  readonly leftAlone: readonly Pick<LeftAlone, "reason">[];
  /** What a person should know. */
  readonly concerns: readonly Concern[];
  /** Whose configuration has to name the drivers of the image too. */
  readonly generator?: Generator;
}

const NOTHING: UnifiedPlan = { changes: [], leftAlone: [], concerns: [] };

/** Plans for one image; writes only into the work folder. */
export async function planUnified(
  context: FixContext,
  guestImages: GuestImages,
  judged: Judged,
): Promise<UnifiedPlan> {
  const { verdict, image } = judged;
  const blocked = blockedBy(judged, context.options.initramfs);
  if (blocked !== null) return { ...NOTHING, concerns: [blocked] };
  if (verdict.problems.length === 0) {
    const reason = `kernel ${verdict.kernel?.release}: it has every driver for a virtio disk`;
    return { ...NOTHING, leftAlone: [{ reason }] };
  }
  const generator = verdict.tree === null ? "unknown" : detectGenerator(verdict.tree);
  const named = verdict.load.length > 0 ? { generator } : {};
  const canAdd = !image.pe.isSigned && verdict.tree !== null && junkAt(image) === undefined;
  if (canAdd && context.options.initramfs === "augment") {
    return { ...NOTHING, changes: [await addition(context, guestImages, judged)], ...named };
  }
  return await rebuildPlan(context, judged, generator);
}

/** What no change can cure, or is not to be changed. */
function blockedBy(judged: Judged, mode: FixContext["options"]["initramfs"]): Concern | null {
  const { verdict, path } = judged;
  if (verdict.unresolved.length > 0) {
    const hint = "Convert all disks of the machine together, or name the device by UUID in the source.";
    return concern(judged, "not-ready", [...verdict.unresolved, ...verdict.problems].join("; "), hint);
  }
  if (verdict.kernel === null) {
    const hint =
      "Make sure by hand that it has virtio_pci and virtio_blk, or boot a kernel with an initramfs.";
    const message = `Cannot tell which kernel the unified kernel image ${path} has, so it was not checked.`;
    return { id: `${UNIFIED_ID}/unknown-kernel`, severity: "warning", message, hint };
  }
  if (verdict.nowhere.length > 0) {
    const why = `its kernel ${verdict.kernel.release} has no ${verdict.nowhere.join(", ")}`;
    const hint =
      "Install a kernel with virtio drivers in the guest (a distribution's generic one), with its modules.";
    return concern(judged, "no-virtio-kernel", why, hint);
  }
  if (mode !== "off" || verdict.problems.length === 0) return null;
  return concern(judged, "not-ready", verdict.problems.join("; "), "Leave out --initramfs off.");
}

function junkAt({ initramfs }: UnifiedImage): number | undefined {
  return initramfs instanceof MigrateError ? 0 : initramfs.junkAt;
}

async function addition(
  context: FixContext,
  guestImages: GuestImages,
  { path, image, initrdPath, verdict }: Judged,
): Promise<Change> {
  const { tree, kernel, load, cmdline } = verdict;
  const { initramfs } = image;
  if (tree === null || kernel === null || initramfs instanceof MigrateError) {
    throw new TypeError("not readable");
  }
  const contents: NewContent[] = [];
  const members: string[] = [];
  if (cmdline !== image.cmdline) {
    contents.push({ name: ".cmdline", bytes: new TextEncoder().encode(cmdline) });
    members.push(`arguments: ${cmdline}`);
  }
  const files: CpioFile[] = [...resumeFiles(tree, context.guest)];
  if (load.length > 0) {
    const present = modulesInTree(tree, kernel.release);
    const wanted = withNeeds(load, kernel).filter(({ name }) => !present.has(name));
    files.unshift(...additionFiles(tree, kernel, {
      modules: await guestImages.modules(kernel.release, wanted),
      load,
      aliases: await guestImages.aliases(kernel.release),
    }));
  }
  if (files.length > 0) {
    const file = { path: initrdPath, sizeBytes: initramfs.sizeBytes };
    contents.push({ name: ".initrd", file, bytes: packForImage(initramfs, tree, files) });
    members.push(...files.map((one) => one.path));
  }
  const why = `For KVM, because ${verdict.problems.join("; ")}. It is not signed, so it can be added to.`;
  return await appendSections(path, image, contents, context.workDir, { fix: UNIFIED_ID, members, why });
}

async function rebuildPlan(context: FixContext, judged: Judged, made: Generator): Promise<UnifiedPlan> {
  const { path, image, verdict } = judged;
  const { files } = context;
  const problems = verdict.problems.join("; ");
  const isSigned = image.pe.isSigned;
  if (isSigned && !await signsImages(files)) {
    const hint =
      "Make and sign it anew in the source VM with the virtio drivers and root=UUID=…, or name the key " +
      "in the guest's settings (dracut's uefi_secureboot_key, SecureBootPrivateKey of /etc/kernel/uki.conf, sbctl).";
    return {
      ...NOTHING,
      concerns: [concern(judged, "signed", `${problems}; a change would end its signature`, hint)],
    };
  }
  const program = await findUnifiedProgram(files, made);
  if ("lacks" in program) {
    const hint = "Make it anew in the source VM with the virtio drivers and root=UUID=… (dracut --uefi, " +
      "mkinitcpio --uki, kernel-install)" + (isSigned ? "." : ", or leave out --initramfs rebuild.");
    return {
      ...NOTHING,
      concerns: [concern(judged, "no-program", `${problems}; the guest has no ${program.lacks}`, hint)],
    };
  }
  const { release } = verdict.kernel!;
  const { cmdline, load: drivers } = verdict;
  const change: CommandChange = {
    ...{ kind: "command", fix: UNIFIED_ID, path, lengthBefore: image.sizeBytes, release },
    command: unifiedCommand(program, { path, release, cmdline, drivers }),
    drivers: verdict.drivers,
    unified: { cmdline, isSigned },
    why: `For KVM, because ${problems}.`,
  };
  const settings = program.generator === "mkinitcpio" ? await cmdlineFile(context, cmdline) : [];
  const named = drivers.length > 0 ? { generator: program.generator } : {};
  return { ...NOTHING, changes: [...settings, change], ...named };
}

/** Without settings mkinitcpio takes the arguments of the running kernel, which is the appliance's. */
async function cmdlineFile({ files }: FixContext, cmdline: string): Promise<readonly Change[]> {
  if (await files.exists(KERNEL_CMDLINE) || (await files.list("/etc/cmdline.d")).length > 0) return [];
  const why = "New unified kernel images get their arguments from here.";
  return [{ kind: "text", fix: UNIFIED_ID, path: KERNEL_CMDLINE, before: null, after: `${cmdline}\n`, why }];
}

function concern({ path, severity }: Judged, id: string, why: string, hint: string): Concern {
  const message = `The unified kernel image ${path} cannot boot on KVM as it is: ${why}.`;
  return { id: `${UNIFIED_ID}/${id}`, severity, message, hint };
}
