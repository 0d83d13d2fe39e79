/**
 * What a unified kernel image lacks for KVM.
 *
 * @module
 */
import { MigrateError } from "../../../model/error.ts";
import type { BootEntry } from "../../../model/guest.ts";
import type { FixContext } from "../../fix.ts";
import { modulesInTree } from "../initramfs/augment.ts";
import type { GuestImages } from "../initramfs/guest_images.ts";
import { mergeImages } from "../initramfs/image.ts";
import type { KernelModules } from "../initramfs/kernel_modules.ts";
import { type NeededDriver, neededDrivers } from "../initramfs/needed.ts";
import { kernelRelease } from "../initramfs/release.ts";
import type { Tree } from "../initramfs/tree.ts";
import { stabilizeArguments } from "../kernel_arguments.ts";
import type { UnifiedImage } from "./unified_image.ts";

/** What is known of an image. */
export interface Verdict {
  /** Its initramfs; null when it cannot be read. */
  readonly tree: Tree | null;
  /** Its kernel; null when nothing says its release. */
  readonly kernel: KernelModules | null;
  /** Modules that its initramfs has to get. */
  readonly load: readonly string[];
  /** Required drivers that the kernel does not have at all. */
  readonly nowhere: readonly string[];
  /** Drivers that a rebuilt image must hold: of each list one is enough. */
  readonly drivers: readonly (readonly string[])[];
  /** Its arguments for the kernel as they should be. */
  readonly cmdline: string;
  /** What keeps it from booting on KVM and can be cured, a phrase each. */
  readonly problems: readonly string[];
  /** Names of disks in its arguments that cannot be replaced. */
  readonly unresolved: readonly string[];
}

/** Looks at one image. */
export async function judgeUnified(
  { guest }: FixContext,
  guestImages: GuestImages,
  path: string,
  image: UnifiedImage,
): Promise<Verdict> {
  const { text: cmdline, changed, unresolved } = stabilizeArguments(image.cmdline, guest);
  const problems = changed.map((one) => `its arguments have ${one.split(" → ")[0]}`);
  const names = { cmdline, unresolved };
  const none = { kernel: null, load: [], nowhere: [], drivers: [] };
  if (image.initramfs instanceof MigrateError) {
    problems.push("its initramfs cannot be read");
    const known = image.release === undefined ? null : await guestImages.kernel(image.release);
    const wanted = known === null
      ? none
      : driversFor(known, neededDrivers(guest, entryOf(path, cmdline)), new Set());
    return { ...none, ...wanted, ...names, tree: null, kernel: known, problems };
  }
  const tree = mergeImages([image.initramfs]);
  const release = image.release ?? kernelRelease(guest, entryOf(path, cmdline), tree);
  if (release === undefined) return { ...none, ...names, tree, problems };
  const kernel = await guestImages.kernel(release);
  const wanted = driversFor(
    kernel,
    neededDrivers(guest, entryOf(path, cmdline)),
    modulesInTree(tree, release),
  );
  const lacks = [...wanted.load, ...wanted.nowhere];
  if (lacks.length > 0) problems.push(`its initramfs has no ${lacks.join(", ")}`);
  return { ...wanted, ...names, tree, kernel, problems };
}

function entryOf(path: string, cmdline: string): BootEntry {
  const kernel = path.replace(/\.efi$/i, "");
  return { title: path, file: path, kernel, initrds: [], cmdline, isDefault: true };
}

function driversFor(
  kernel: KernelModules,
  needed: readonly NeededDriver[],
  present: { has(name: string): boolean },
): Pick<Verdict, "load" | "nowhere" | "drivers"> {
  const asModules = needed.filter(({ anyOf }) => !anyOf.some((name) => kernel.builtin.has(name)));
  const missing = asModules.filter(({ anyOf }) => !anyOf.some((name) => present.has(name)));
  const [here, nowhere] = [true, false].map((isHere) =>
    missing.filter(({ anyOf }) => anyOf.some((name) => kernel.modules.has(name)) === isHere)
  );
  // What only is convenient is added along with what is required, and is no reason to touch the file.
  const isLacking = missing.some(({ required }) => required);
  return {
    load: isLacking ? here!.map(({ anyOf }) => anyOf.find((name) => kernel.modules.has(name))!) : [],
    nowhere: nowhere!.filter(({ required }) => required).map(({ anyOf }) => anyOf[0]!),
    drivers: asModules.map(({ anyOf }) => anyOf.filter((name) => kernel.modules.has(name)))
      .filter((anyOf) => anyOf.length > 0),
  };
}
