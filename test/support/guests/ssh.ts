/**
 * The plain guest with an SSH server and sudo, for what is done to a guest while it runs. Not among the kinds
 * of `guests.ts`: it has no VMDK, but a key to log in with.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import { cached } from "./cache.ts";
import { DISK_MIB, installGrubBios, partition, run, Tree } from "./disk.ts";
import type { BuildOptions } from "./recipe.ts";
import { mmdebstrapArgs } from "./rootfs.ts";

/** Password of the users `admin`, `deploy` and `visitor`: what sudo asks `admin` for. */
export const GUEST_SUDO_PASSWORD = "s3cret pass'word";

const PACKAGES = ["openssh-server", "sudo"];
const ROOT_UUID = "11111111-2222-3333-4444-666666666666";
const TABLE = "label: dos\nlabel-id: 0x564d5753\nstart=2048, type=83, bootable\n";
const LOOK = new URL("./ssh_look.sh", import.meta.url);

/** The built guest. Shared by all tests: never written. */
export interface SshGuest {
  /** Its disk, raw. */
  readonly raw: string;
  /** The private key that every user takes. */
  readonly key: string;
  /** Its host key, as in known_hosts without the name. */
  readonly hostKey: string;
}

/** Returns the guest, building it first if this user has none (about a minute). */
export async function ensureSshGuest(options: BuildOptions = {}): Promise<SshGuest> {
  const files = ["./rootfs.ts", "./vmware_look.sh", "./disk.ts"].map((name) =>
    new URL(name, import.meta.url)
  );
  const folder = await cached("ssh", [...files, LOOK, new URL(import.meta.url)], options, async (partial) => {
    options.onStep?.("installing Debian 12 as a VMware guest with SSH");
    const tar = join(partial, "rootfs.tar");
    await run("mmdebstrap", rootfsArgs(tar), options);
    options.onStep?.("writing the disk (SSH)");
    await writeDisk(partial, tar, options);
    await Deno.remove(tar);
  });
  const hostKey = (await Deno.readTextFile(join(folder, "host.pub"))).split(" ").slice(0, 2).join(" ");
  return { raw: join(folder, "disk.raw"), key: join(folder, "key"), hostKey };
}

/** The plain guest's arguments with more packages, and a hook more before the suite and the tar. */
function rootfsArgs(tar: string): string[] {
  const args = mmdebstrapArgs(tar, Deno.uid() === 0).map((arg) =>
    arg.startsWith("--include=") ? `${arg},${PACKAGES.join(",")}` : arg
  );
  const hook = `--customize-hook=env GUEST_SUDO_PASSWORD="${GUEST_SUDO_PASSWORD}" sh '${
    fromFileUrl(LOOK)
  }' "$1"`;
  return [...args.slice(0, -2), hook, ...args.slice(-2)];
}

async function writeDisk(folder: string, tar: string, options: BuildOptions): Promise<void> {
  const raw = join(folder, "disk.raw");
  const key = join(folder, "key");
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", key], options);
  await partition(raw, TABLE, options);
  const tree = await Tree.unpack(tar, folder, options);
  await tree.write("etc/ssh/authorized_keys", await Deno.readTextFile(`${key}.pub`));
  await Deno.copyFile(join(tree.path, "etc/ssh/ssh_host_ed25519_key.pub"), join(folder, "host.pub"));
  await tree.writeExt4(raw, 1, DISK_MIB - 1, ROOT_UUID);
  await tree.remove();
  await installGrubBios(raw, "(hd0,msdos1)/boot/grub", folder, options);
  await Deno.chmod(raw, 0o444);
}
