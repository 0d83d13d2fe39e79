/**
 * The sample guests: real Debian systems that look as if VMware made them, built from Debian's packages and
 * kept in the user's cache folder under a hash of their recipe.
 *
 * @module
 */
import { join } from "@std/path";
import { toVmdk } from "./guests/disk.ts";
import type { BuildOptions, Recipe } from "./guests/recipe.ts";
import { type GuestKind, RECIPES } from "./guests/recipes.ts";
import { rootfsTar } from "./guests/rootfs.ts";
import { cached } from "./guests/cache.ts";

export type { BuildOptions } from "./guests/recipe.ts";
export type { GuestKind } from "./guests/recipes.ts";
export { LUKS_PASSPHRASE } from "./guests/luks.ts";
export { STATIC_ADDRESS } from "./guests/networks.ts";
export { GUEST_HOSTNAME, GUEST_INTERFACE, GUEST_MAC, GUEST_PASSWORD } from "./guests/rootfs.ts";

/** One disk of a sample guest. */
export interface SampleDisk {
  /** As a sparse raw image. */
  readonly raw: string;
  /** As a streamOptimized VMDK. */
  readonly vmdk: string;
}

/** A built sample guest. Shared by all tests: never written. */
export interface SampleGuest {
  /** Its kind. */
  readonly kind: GuestKind;
  /** The folder that holds its disk. */
  readonly folder: string;
  /** Its disks in order. */
  readonly disks: readonly SampleDisk[];
  /** The first disk as a sparse raw image. */
  readonly raw: string;
  /** The same disk as a streamOptimized VMDK. */
  readonly vmdk: string;
}

/**
 * Returns a sample guest, building it first if this user has none (about a minute).
 *
 * @throws {MigrateError} when a program is missing or fails
 */
export async function ensureGuest(kind: GuestKind, options: BuildOptions = {}): Promise<SampleGuest> {
  const recipe: Recipe = RECIPES[kind];
  const tar = await rootfsTar(options, recipe.rootfs);
  const key = [...recipe.files, new URL("./guests/disk.ts", import.meta.url)];
  const count = recipe.diskCount ?? 1;
  const folder = await cached(kind, [tar.key, ...key], options, async (partial) => {
    const disks = disksIn(partial, count);
    options.onStep?.(`writing the disk (${recipe.title})`);
    const raws = disks.map(({ raw }) => raw);
    await recipe.build({ rootfsTar: tar.path, raw: raws[0]!, raws, scratch: partial, options });
    options.onStep?.("making a VMDK of it, as VMware exports one");
    for (const { raw, vmdk } of disks) {
      await toVmdk(raw, vmdk, options);
      await Promise.all([raw, vmdk].map((path) => Deno.chmod(path, 0o444)));
    }
  });
  const disks = disksIn(folder, count);
  return { kind, folder, disks, ...disks[0]! };
}

function disksIn(folder: string, count: number): SampleDisk[] {
  return Array.from({ length: count }, (_, index) => {
    const path = join(folder, index === 0 ? "disk" : `disk-${index + 1}`);
    return { raw: `${path}.raw`, vmdk: `${path}.vmdk` };
  });
}
