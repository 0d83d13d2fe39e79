/**
 * A small ext4 image for the libguestfs tests, made without root by `mkfs.ext4 -d`, and sessions on it.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { GuestSession, type GuestSessionOptions } from "../../src/guest/session.ts";
import { runCommand } from "../../src/run/command.ts";
import { TempFolder } from "./temp.ts";

/** What a test needs that launches an appliance on such an image. */
export const APPLIANCE_NEEDS = {
  libraries: ["libguestfs.so.0"],
  programs: ["mkfs.ext4", "supermin", "qemu-system-x86_64"],
} as const;

/**
 * Size of `/big`, in bytes: all of it a hole, and more than can be downloaded in the two seconds after which
 * libguestfs begins to report progress.
 */
export const BIG_BYTES = 8 * 1024 ** 3;

/** Writes an image without a partition table: `/dev/sda` in the appliance. */
export async function makeGuestImage(path: string): Promise<void> {
  const tree = join(dirname(path), "tree");
  await Deno.mkdir(join(tree, "etc/empty"), { recursive: true });
  await Deno.mkdir(join(tree, "usr/lib"), { recursive: true });
  await Deno.writeTextFile(join(tree, "etc/hostname"), "guest1\n");
  await Deno.writeTextFile(join(tree, "etc/nothing"), "");
  await Deno.writeTextFile(join(tree, "usr/lib/os-release"), 'ID=test\nNAME="Tést"\n');
  await Deno.writeFile(join(tree, "etc/latin1"), new Uint8Array([0x54, 0xe9, 0x73, 0x74]));
  await Deno.symlink("../usr/lib/os-release", join(tree, "etc/os-release"));
  await Deno.symlink("/usr/lib", join(tree, "lib"));
  await Deno.symlink("/no/such", join(tree, "etc/dangling"));
  await Deno.symlink("/../../../../etc/hostname", join(tree, "etc/outside"));
  await Deno.symlink("loop", join(tree, "etc/loop"));
  await runCommand("mkfifo", [join(tree, "etc/pipe")]);
  await Deno.writeFile(join(tree, "three"), pattern(3 * 1024 * 1024 + 17));
  await Deno.writeFile(join(tree, "big"), new Uint8Array());
  await Deno.truncate(join(tree, "big"), BIG_BYTES);
  await runCommand("mkfs.ext4", ["-q", "-F", "-L", "test", "-d", tree, path, "64M"]);
  await Deno.remove(tree, { recursive: true });
}

/** Bytes that repeat with no power of two. */
export function pattern(lengthBytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(lengthBytes).map((_, at) => at % 251);
}

/** A temporary folder with an image, and a session on it. */
export class ImageGuest implements AsyncDisposable {
  /** The folder. */
  readonly folder: TempFolder;
  /** The image in it. */
  readonly image: string;

  private constructor(folder: TempFolder) {
    this.folder = folder;
    this.image = folder.file("disk.raw");
  }

  /** Makes both. */
  static async create(): Promise<ImageGuest> {
    const guest = new ImageGuest(await TempFolder.create());
    await makeGuestImage(guest.image);
    await Deno.mkdir(guest.tmpDir);
    return guest;
  }

  /** The folder for what a session needs. */
  get tmpDir(): string {
    return this.folder.file("tmp");
  }

  /** Opens the image, read-only unless told otherwise. */
  async open(options: Partial<GuestSessionOptions> = {}): Promise<GuestSession> {
    const disks = [{ path: this.image, format: "raw", readonly: true }] as const;
    return await GuestSession.open({ disks, accelerator: "tcg", tmpDir: this.tmpDir, ...options });
  }

  /** Fails when a session has left something behind. */
  async assertClean(): Promise<void> {
    assertEquals(await Array.fromAsync(Deno.readDir(this.tmpDir), ({ name }) => name), []);
    assertEquals(await qemusOf(this.tmpDir), []);
  }

  /** Removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.folder[Symbol.asyncDispose]();
  }
}

/** Process ids of the qemus whose command line names this folder. */
export async function qemusOf(folder: string): Promise<number[]> {
  const found: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const commandLine = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "");
    if (commandLine.includes("qemu") && commandLine.includes(folder)) found.push(Number(name));
  }
  return found;
}
