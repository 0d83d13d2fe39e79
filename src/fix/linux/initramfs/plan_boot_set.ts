/**
 * What one boot entry's initramfs lacks for virtio, and the bytes that cure it.
 *
 * @module
 */
import { basename, join } from "@std/path";
import { createHash } from "node:crypto";
import { MigrateError } from "../../../model/error.ts";
import type { AppendChange, CommandChange, LeftAlone } from "../../../model/change.ts";
import type { Concern } from "../../../model/concern.ts";
import type { GuestKernel } from "../../../model/guest.ts";
import type { FixContext } from "../../fix.ts";
import { additionFiles, modulesInTree, packForImage } from "./augment.ts";
import type { BootSet } from "./boot_set.ts";
import type { CpioFile } from "./cpio_writer.ts";
import { detectGenerator, type Generator } from "./generator.ts";
import type { GuestImages } from "./guest_images.ts";
import { type Image, mergeImages } from "./image.ts";
import { type KernelModules, withNeeds } from "./kernel_modules.ts";
import { bootsOverNetwork, type NeededDriver, neededDrivers } from "./needed.ts";
import { findProgram, rebuildCommand } from "./rebuild.ts";
import { kernelRelease } from "./release.ts";
import { resumeFiles } from "./resume_settings.ts";
import type { Tree } from "./tree.ts";

/** The id of the fix, in all its records. */
export const FIX_ID = "initramfs";

/** What is to be done for one boot set. */
export interface BootSetPlan {
  /** The bytes to add, or the program to run. */
  readonly change?: AppendChange | CommandChange;
  /** The generator of the image that gets modules, and their names. */
  readonly added?: { readonly generator: Generator; readonly modules: readonly string[] };
  /** What is right as it is. */
  readonly leftAlone: readonly LeftAlone[];
  /** What a person should know. */
  readonly concerns: readonly Concern[];
}

/** Looks at one boot set; writes only into the work folder. */
export async function planBootSet(
  context: FixContext,
  guestImages: GuestImages,
  set: BootSet,
): Promise<BootSetPlan> {
  const images = await readImages(guestImages, set);
  if ("concern" in images) return only(images.concern);
  const tree = mergeImages(images);
  const release = kernelRelease(context.guest, set.entry, tree);
  if (release === undefined) return only(unknownKernel(set));
  const needed = neededDrivers(context.guest, set.entry);
  const present = modulesInTree(tree, release);
  let missing = needed.filter(({ anyOf }) => !anyOf.some((name) => present.has(name)));
  const settings = resumeFiles(tree, context.guest);
  if (missing.length === 0) {
    return await settled(context, { set, images, tree, settings }, complete(set, needed, []));
  }
  const kernel = await guestImages.kernel(release);
  missing = missing.filter(({ anyOf }) => !anyOf.some((name) => kernel.builtin.has(name)));
  const nowhere = missing.filter(({ anyOf }) => !anyOf.some((name) => kernel.modules.has(name)));
  const required = nowhere.filter((driver) => driver.required);
  if (required.length > 0) return only(notInKernel(set, kernel, required, context.guest.kernels));
  const optional = nowhere.flatMap(({ anyOf }) => anyOf);
  const load = missing.flatMap(({ anyOf }) => anyOf.find((name) => kernel.modules.has(name)) ?? []);
  if (load.length === 0) {
    return await settled(context, { set, images, tree, settings }, complete(set, needed, optional));
  }
  const image = images.at(-1);
  if (image === undefined) return only(noImage(set, load));
  if (context.options.initramfs === "rebuild") {
    return await rebuildPlan(context, { set, image, tree, kernel, load }, needed);
  }
  if (image.junkAt !== undefined) return only(junk(set, image.junkAt, load));
  const change = await addition(context, guestImages, { set, image, tree, kernel, load }, settings);
  const concerns = hasModule(kernel, "virtio_net") ? [] : [noNetwork(set, kernel)];
  return { change, added: { generator: detectGenerator(tree), modules: load }, leftAlone: [], concerns };
}

async function readImages(
  guestImages: GuestImages,
  set: BootSet,
): Promise<readonly Image[] | { readonly concern: Concern }> {
  const images: Image[] = [];
  for (const path of set.paths) {
    try {
      images.push(await guestImages.image(path));
    } catch (error) {
      const known = error instanceof MigrateError &&
        ["guest/unsupported", "tool/missing"].includes(error.code);
      if (!known) throw error;
      return { concern: unreadable(set, path, error) };
    }
  }
  return images;
}

interface Lack {
  readonly set: BootSet;
  readonly image: Image;
  readonly tree: Tree;
  readonly kernel: KernelModules;
  readonly load: readonly string[];
}

async function addition(
  context: FixContext,
  guestImages: GuestImages,
  lack: Lack,
  settings: readonly CpioFile[],
): Promise<AppendChange> {
  const { set, image, tree, kernel, load } = lack;
  const present = modulesInTree(tree, kernel.release);
  const wanted = withNeeds(load, kernel).filter(({ name }) => !present.has(name));
  const drivers = additionFiles(tree, kernel, {
    modules: await guestImages.modules(kernel.release, wanted),
    load,
    aliases: await guestImages.aliases(kernel.release),
  });
  const why = `It lacks ${load.join(", ")}, which kernel ${kernel.release} needs for virtio disks.`;
  return await append(context, set, {
    image,
    tree,
    files: [...drivers, ...settings],
    why: why + networkNote(set),
  });
}

/** An image that has its drivers: only the name of its resume device may have to change. */
async function settled(
  context: FixContext,
  { set, images, tree, settings }: {
    readonly set: BootSet;
    readonly images: readonly Image[];
    readonly tree: Tree;
    readonly settings: readonly CpioFile[];
  },
  plan: BootSetPlan,
): Promise<BootSetPlan> {
  const image = images.at(-1);
  if (image === undefined || settings.length === 0 || image.junkAt !== undefined) return plan;
  const why = "It waits for a resume device by a name of VMware's disks, which KVM does not have.";
  return { ...plan, change: await append(context, set, { image, tree, files: settings, why }) };
}

/** The change that adds these files at the end of the set's last image. */
async function append(
  context: FixContext,
  set: BootSet,
  { image, tree, files, why }: {
    readonly image: Image;
    readonly tree: Tree;
    readonly files: readonly CpioFile[];
    readonly why: string;
  },
): Promise<AppendChange> {
  const content = packForImage(image, tree, files);
  const path = set.paths.at(-1)!;
  const contentSha256 = createHash("sha256").update(content).digest("hex");
  const contentFile = join(context.workDir, `${basename(path)}.${contentSha256.slice(0, 8)}.add`);
  await Deno.writeFile(contentFile, content);
  return {
    kind: "append",
    fix: FIX_ID,
    path,
    lengthBefore: image.sizeBytes,
    contentFile,
    contentBytes: content.length,
    contentSha256,
    members: files.map((file) => file.path),
    why,
  };
}

async function rebuildPlan(
  context: FixContext,
  { set, image, tree, kernel, load }: Lack,
  needed: readonly NeededDriver[],
): Promise<BootSetPlan> {
  const found = await findProgram(context.files, detectGenerator(tree));
  const path = set.paths.at(-1)!;
  if (found === null) return only(noProgram(set, path));
  const { generator, program } = found;
  const { release } = kernel;
  const drivers = needed.map(({ anyOf }) => anyOf)
    .filter((anyOf) => !anyOf.some((name) => kernel.builtin.has(name)))
    .map((anyOf) => anyOf.filter((name) => kernel.modules.has(name)))
    .filter((anyOf) => anyOf.length > 0);
  const change: CommandChange = {
    kind: "command",
    fix: FIX_ID,
    path,
    lengthBefore: image.sizeBytes,
    command: rebuildCommand(generator, program, path, release, load),
    release,
    drivers,
    why: `It lacks ${load.join(", ")}, which kernel ${release} needs for virtio disks.`,
  };
  const concerns = hasModule(kernel, "virtio_net") ? [] : [noNetwork(set, kernel)];
  return { change, added: { generator, modules: load }, leftAlone: [], concerns };
}

function noProgram(set: BootSet, path: string): Concern {
  const message = `Cannot rebuild ${path}: the guest has no mkinitramfs, dracut or mkinitcpio`;
  return concern(set, "no-program", message, "Use --initramfs augment, which runs no program of the guest.");
}

function networkNote(set: BootSet): string {
  return bootsOverNetwork(set.entry)
    ? ""
    : " It needs no virtio_net: that is loaded from the root filesystem.";
}

function complete(set: BootSet, needed: readonly NeededDriver[], optional: readonly string[]): BootSetPlan {
  const names = needed.map(({ anyOf }) => anyOf[0]!).filter((name) => !optional.includes(name));
  const leftAlone = (set.paths.length > 0 ? set.paths.slice(-1) : [set.entry.kernel]).map((path) => ({
    fix: FIX_ID,
    path,
    reason: `It or its kernel has every driver for a virtio disk: ${names.join(", ")}.${networkNote(set)}`,
  }));
  return { leftAlone, concerns: [] };
}

function only(concern: Concern): BootSetPlan {
  return { leftAlone: [], concerns: [concern] };
}

function concern(set: BootSet, id: string, message: string, hint: string): Concern {
  const severity = set.isDefault ? "critical" : "warning";
  return { id: `${FIX_ID}/${id}`, severity, message: `${message} (boot entry "${set.entry.title}")`, hint };
}

function unreadable(set: BootSet, path: string, error: MigrateError): Concern {
  const hint = error.hint ?? "Rebuild it in the guest, or turn this fix off if it has the virtio drivers.";
  return concern(set, "unreadable", `Cannot read ${path}: ${error.message}`, hint);
}

function unknownKernel(set: BootSet): Concern {
  const message = `Cannot tell which kernel release ${set.entry.kernel} is, so its drivers were not checked`;
  return concern(
    set,
    "unknown-kernel",
    message,
    "Name the kernel after its release, as in /boot/vmlinuz-RELEASE.",
  );
}

function notInKernel(
  set: BootSet,
  kernel: KernelModules,
  drivers: readonly NeededDriver[],
  installed: readonly GuestKernel[],
): Concern {
  const names = drivers.map(({ anyOf }) => anyOf.join(" or ")).join(", ");
  if (kernel.modules.size === 0) {
    const message = `Cannot add ${names}: the guest has no modules for kernel ${kernel.release}`;
    return concern(set, "no-modules", message, "Install the package of this kernel's modules in the guest.");
  }
  const virtio = drivers.some(({ anyOf }) => anyOf[0]!.startsWith("virtio"));
  const found = installed.map((one) => one.release).join(", ") || "none";
  const message = `Kernel ${kernel.release} of the guest has no ${names} (kernels found: ${found})`;
  const hint = virtio
    ? "Install a kernel with virtio drivers in the guest (a distribution's generic one) and make it the default."
    : "Install the package that holds this module in the guest.";
  return concern(set, virtio ? "no-virtio-kernel" : "no-module", message, hint);
}

function hasModule(kernel: KernelModules, name: string): boolean {
  return kernel.modules.has(name) || kernel.builtin.has(name);
}

/** Booting does not need it, so it blocks nothing. */
function noNetwork(set: BootSet, kernel: KernelModules): Concern {
  const message =
    `Kernel ${kernel.release} of the guest has no virtio_net: a virtio network card will not work`;
  const hint = "Install a kernel with virtio drivers in the guest, or give the machine an e1000e card.";
  return { ...concern(set, "no-virtio-net", message, hint), severity: "warning" };
}

function noImage(set: BootSet, load: readonly string[]): Concern {
  const message = `${set.entry.kernel} starts without an initramfs file and has ${
    load.join(", ")
  } only as modules`;
  return concern(set, "none", message, "Make an initramfs in the guest, or boot a kernel that has one.");
}

function junk(set: BootSet, offset: number, load: readonly string[]): Concern {
  const path = set.paths.at(-1)!;
  const message = `Cannot add ${
    load.join(", ")
  } to ${path}: the kernel stops at unknown data at byte ${offset}`;
  return concern(set, "unreadable", message, "Rebuild it in the guest.");
}
