/**
 * Parts of a disk for the recipes: partition table, filesystems written straight into the image, GRUB. No
 * loop device, no mount, no guest; an ordinary user needs fakeroot and nothing else.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { searchPath } from "../../../scripts/presence.ts";
import { type CommandResult, runCommand } from "../../../src/run/command.ts";
import type { BuildOptions } from "./recipe.ts";

/** Bytes in a MiB. */
export const MIB = 1024 * 1024;
/** Size of the sample disks, in MiB. */
export const DISK_MIB = 4096;

const GRUB = "/usr/lib/grub";

/** Runs a program; administrators' programs are found whatever the PATH is. */
export function run(
  program: string,
  args: readonly string[],
  options: BuildOptions,
  stdin?: string,
): Promise<CommandResult> {
  return runCommand(program, args, {
    env: { PATH: searchPath().join(":"), LC_ALL: "C.UTF-8", MTOOLS_SKIP_CHECK: "1" },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(stdin === undefined ? {} : { stdin: new TextEncoder().encode(stdin) }),
  });
}

/** A root filesystem unpacked in a folder, with owners as in the tar, for root as well as for others. */
export class Tree {
  /** The folder. */
  readonly path: string;
  readonly #state: string;
  readonly #options: BuildOptions;

  private constructor(scratch: string, options: BuildOptions) {
    this.path = join(scratch, "root");
    this.#state = join(scratch, "fakeroot.state");
    this.#options = options;
  }

  /** Unpacks a tar below `scratch`. */
  static async unpack(tar: string, scratch: string, options: BuildOptions): Promise<Tree> {
    const tree = new Tree(scratch, options);
    await Deno.mkdir(tree.path);
    if (Deno.uid() !== 0) await Deno.writeTextFile(tree.#state, "");
    const xattrs = ["--xattrs", "--xattrs-include=*"];
    await tree.#asRoot("tar", ["-C", tree.path, "--numeric-owner", ...xattrs, "-xf", tar]);
    // Some files may be read by nobody but root. fakeroot goes on telling their modes as they are in the tar.
    if (Deno.uid() !== 0) await run("chmod", ["-R", "u+rwX", tree.path], options);
    return tree;
  }

  /** Replaces parts of a file. */
  async edit(path: string, edits: readonly (readonly [RegExp, string])[]): Promise<void> {
    const before = await Deno.readTextFile(join(this.path, path));
    const after = edits.reduce((text, [pattern, replacement]) => {
      if (text.search(pattern) < 0) throw new Error(`Cannot edit ${path}: ${pattern} is not in it.`);
      return text.replaceAll(pattern, replacement);
    }, before);
    await Deno.writeTextFile(join(this.path, path), after);
  }

  /** Writes a file, with its folders. */
  async write(path: string, text: string): Promise<void> {
    await Deno.mkdir(dirname(join(this.path, path)), { recursive: true });
    await Deno.writeTextFile(join(this.path, path), text);
  }

  /** Writes the tree, or a folder of it, as an ext4 filesystem into an image; offset and size in MiB. */
  async writeExt4(raw: string, offsetMib: number, sizeMib: number, uuid: string, folder = ""): Promise<void> {
    const offset = `offset=${offsetMib * MIB}`;
    await this.#asRoot("mkfs.ext4", [
      ...["-q", "-F", "-U", uuid, "-E", offset, "-d", join(this.path, folder)],
      ...[raw, `${sizeMib * 1024}k`],
    ]);
  }

  /** Empties a folder: its content is on a filesystem of its own. */
  async empty(folder: string): Promise<void> {
    const path = join(this.path, folder);
    for await (const { name } of Deno.readDir(path)) await Deno.remove(join(path, name), { recursive: true });
  }

  /** Removes the folder. */
  async remove(): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
    if (Deno.uid() !== 0) await Deno.remove(this.#state);
  }

  async #asRoot(program: string, args: readonly string[]): Promise<void> {
    if (Deno.uid() === 0) await run(program, args, this.#options);
    else {
      const state = ["-i", this.#state, "-s", this.#state];
      await run("fakeroot", [...state, "--", program, ...args], this.#options);
    }
  }
}

/** Makes an empty sparse image. */
export async function blank(raw: string, sizeBytes: number): Promise<void> {
  await Deno.writeFile(raw, new Uint8Array());
  await Deno.truncate(raw, sizeBytes);
}

/** Makes an empty sparse image with a partition table in sfdisk's language. */
export async function partition(raw: string, table: string, options: BuildOptions): Promise<void> {
  await blank(raw, DISK_MIB * MIB);
  await run("sfdisk", ["-q", raw], options, table);
}

/** Puts GRUB for BIOS in the gap before the first partition; it reads its menu from `prefix`. */
export async function installGrubBios(
  raw: string,
  prefix: string,
  scratch: string,
  options: BuildOptions,
  filesystem: "ext2" | "btrfs" = "ext2",
): Promise<void> {
  const core = join(scratch, "core.img");
  const modules = ["biosdisk", "part_msdos", filesystem, "normal", "linux", "serial", "configfile"];
  await run(
    "grub-mkimage",
    ["-O", "i386-pc", "-d", `${GRUB}/i386-pc`, "-p", prefix, "-o", core, ...modules],
    options,
  );
  const boot = await Deno.readFile(`${GRUB}/i386-pc/boot.img`);
  await writeAt(raw, 0, boot.subarray(0, 440)); // the partition table follows
  await writeAt(raw, 512, await Deno.readFile(core));
  await Deno.remove(core);
}

/** Makes a FAT32 system partition with GRUB for UEFI at the fallback path and at Debian's; in MiB. */
export async function writeEsp(
  raw: string,
  place: { readonly offsetMib: number; readonly sizeMib: number },
  prefix: string,
  scratch: string,
  options: BuildOptions,
): Promise<void> {
  const image = join(scratch, "grubx64.efi");
  const modules = "part_gpt ext2 fat normal linux serial configfile search search_fs_uuid echo".split(" ");
  await run(
    "grub-mkimage",
    ["-O", "x86_64-efi", "-d", `${GRUB}/x86_64-efi`, "-p", prefix, "-o", image, ...modules],
    options,
  );
  // One sector a cluster: with fewer than 65525 clusters a FAT32 is read as FAT16 (Microsoft's fatgen103).
  const layout = ["-F", "32", "-s", "1", "-n", "ESP", "--offset", String(place.offsetMib * 2048)];
  await run("mkfs.vfat", [...layout, raw, String(place.sizeMib * 1024)], options);
  const drive = `${raw}@@${place.offsetMib}M`;
  await run("mmd", ["-i", drive, "::/EFI", "::/EFI/BOOT", "::/EFI/debian"], options);
  await run("mcopy", ["-i", drive, image, "::/EFI/BOOT/BOOTX64.EFI"], options);
  await run("mcopy", ["-i", drive, image, "::/EFI/debian/grubx64.efi"], options);
  await Deno.remove(image);
}

/** Copies a stretch of one image into another, holes left out; all in MiB. */
export async function copyMib(
  from: { readonly path: string; readonly atMib?: number; readonly sizeMib?: number },
  to: { readonly path: string; readonly atMib: number },
  options: BuildOptions,
): Promise<void> {
  const count = from.sizeMib === undefined ? [] : [`count=${from.sizeMib}`];
  const stretch = [`skip=${from.atMib ?? 0}`, `seek=${to.atMib}`, ...count];
  const how = ["bs=1M", "conv=sparse,notrunc", "status=none"];
  await run("dd", [`if=${from.path}`, `of=${to.path}`, ...stretch, ...how], options);
}

/** Writes bytes into an image. */
export async function writeAt(path: string, offset: number, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.seek(offset, Deno.SeekMode.Start);
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await file.write(rest));
}

/** Makes a streamOptimized VMDK, the format in which VMware exports disks. */
export async function toVmdk(raw: string, vmdk: string, options: BuildOptions): Promise<void> {
  const format = ["-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized,adapter_type=lsilogic"];
  await run("qemu-img", ["convert", ...format, raw, vmdk], options);
}
