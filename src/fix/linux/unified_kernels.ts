/**
 * Unified kernel images: kernel, initramfs and command line in one signed file. Nothing in them is changed; what
 * would keep them from booting on KVM is reported.
 *
 * @module
 */
import { join } from "@std/path";
import type { GuestFiles } from "../../guest/files.ts";
import type { Concern } from "../../model/concern.ts";
import { MigrateError } from "../../model/error.ts";
import type { Guest } from "../../model/guest.ts";
import type { Fix, FixContext, FixPlan } from "../fix.ts";
import { PlanDraft } from "../text_edit.ts";
import { modulesInTree } from "./initramfs/augment.ts";
import { GuestImages } from "./initramfs/guest_images.ts";
import { mergeImages, readImage } from "./initramfs/image.ts";
import { neededDrivers } from "./initramfs/needed.ts";
import { type PeSection, peSections } from "./initramfs/pe_sections.ts";
import { stabilizeArguments } from "./kernel_arguments.ts";

const ID = "unified-kernels";
/** Where systemd-boot looks for them (the Boot Loader Specification, type 2). */
const FOLDERS = ["/boot/efi/EFI/Linux", "/efi/EFI/Linux", "/boot/EFI/Linux"] as const;
/** The section table is within the first bytes of a file. */
const HEAD_BYTES = 64 * 1024;

/** Paths of the unified kernel images of a guest. */
export async function unifiedKernels(files: GuestFiles): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const folder of FOLDERS) {
    const names = (await files.list(folder)).filter((name) => name.toLowerCase().endsWith(".efi"));
    paths.push(...names.map((name) => `${folder}/${name}`));
  }
  return paths;
}

async function plan(context: FixContext): Promise<FixPlan> {
  const draft = new PlanDraft(ID);
  const guestImages = new GuestImages(context);
  for (const path of await unifiedKernels(context.files)) {
    const hostPath = join(context.workDir, "unified-kernel");
    try {
      await context.files.download(path, hostPath);
      await judge(draft, context, guestImages, path, hostPath);
    } finally {
      await Deno.remove(hostPath).catch((error: unknown) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
    }
  }
  return draft.finish();
}

async function judge(
  draft: PlanDraft,
  context: FixContext,
  guestImages: GuestImages,
  path: string,
  hostPath: string,
): Promise<void> {
  const sections = peSections(await readPart(hostPath, { name: "", offset: 0, sizeBytes: HEAD_BYTES }));
  const textOf = async (name: string): Promise<string> => {
    const section = sections?.find((one) => one.name === name);
    const bytes = section === undefined ? new Uint8Array() : await readPart(hostPath, section);
    return new TextDecoder().decode(bytes).replace(/\0+$/, "").trim();
  };
  const release = await textOf(".uname");
  const initrd = sections?.find(({ name }) => name === ".initrd");
  if (sections === null || release === "" || initrd === undefined) {
    return draft.leave("it is no unified kernel image that can be read", path);
  }
  const problems = namedByDisk(await textOf(".cmdline"), context.guest);
  const lacking = await lackingDrivers(context, guestImages, { hostPath, initrd, release });
  if (lacking.length > 0) problems.push(`its initramfs has no ${lacking.join(", ")}`);
  if (problems.length === 0) draft.leave(`kernel ${release}: it has every driver for a virtio disk`, path);
  else draft.warn(cannotBoot(path, problems, context.guest));
}

/** Arguments that name disks as VMware did. */
function namedByDisk(cmdline: string, guest: Guest): string[] {
  const { changed, unresolved } = stabilizeArguments(cmdline, guest);
  return [...changed.map((one) => `its command line has ${one.split(" → ")[0]}`), ...unresolved];
}

async function lackingDrivers(
  { guest, workDir, signal }: FixContext,
  guestImages: GuestImages,
  { hostPath, initrd, release }: {
    readonly hostPath: string;
    readonly initrd: PeSection;
    readonly release: string;
  },
): Promise<readonly string[]> {
  const image = join(workDir, "unified-initramfs");
  await Deno.writeFile(image, await readPart(hostPath, initrd));
  try {
    const present = modulesInTree(mergeImages([await readImage(image, signal)]), release);
    const kernel = await guestImages.kernel(release);
    const entry = { title: "", file: "", kernel: "", initrds: [], cmdline: "", isDefault: true };
    return neededDrivers(guest, entry).filter(({ anyOf, required }) =>
      required && !anyOf.some((name) => present.has(name) || kernel.builtin.has(name))
    ).map(({ anyOf }) => anyOf[0]!);
  } catch (error) {
    if (error instanceof MigrateError && error.code === "guest/unsupported") return ["readable content"];
    throw error;
  } finally {
    await Deno.remove(image);
  }
}

/** Critical only when there is no other entry to boot. */
function cannotBoot(path: string, problems: readonly string[], guest: Guest): Concern {
  return {
    id: "unified-kernels/not-ready",
    severity: guest.bootEntries.length === 0 ? "critical" : "warning",
    message: `The unified kernel image ${path} cannot boot on KVM as it is: ${problems.join("; ")}.`,
    hint:
      "Make it anew in the source VM with the virtio drivers and root=UUID=… (dracut --uefi, mkinitcpio, " +
      "or kernel-install): it is one signed file, of which nothing is changed here.",
  };
}

async function readPart(path: string, { offset, sizeBytes }: PeSection): Promise<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path);
  await file.seek(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(sizeBytes);
  let length = 0;
  for (let read; length < sizeBytes && (read = await file.read(bytes.subarray(length))) !== null;) {
    length += read;
  }
  return bytes.subarray(0, length);
}

/** Reports unified kernel images that are not ready for KVM. */
export const unifiedKernelImages: Fix = {
  id: ID,
  title: "Unified kernel images",
  applies: (guest) => guest.osType === "linux" && guest.firmware === "uefi",
  plan,
};
