/**
 * Inputs that some commands of the bench are given in place of the sample guest's disk. What is large in them is
 * sparse.
 *
 * @module
 */
import { join } from "@std/path";
import { runCommand } from "../../src/run/command.ts";
import { makeOva, ovfText, writeManifest } from "../../test/support/ovf.ts";

/** Disks of the large OVA, and the size of each and of the large VMDK. */
const DISKS = 20, LARGE = "100G", LARGE_MIB = 100 * 1024;

/** Files of a folder, as the makers of samples want it. */
const filesIn = (path: string): { path: string; file: (name: string) => string } => ({
  path,
  file: (name) => join(path, name),
});

/** The sample guest's disk as an OVA with a manifest; returns its path. */
export async function guestOva(vmdk: string, path: string): Promise<string> {
  const folder = filesIn(path);
  await Deno.copyFile(vmdk, folder.file("disk.vmdk"));
  const { stdout } = await runCommand("qemu-img", ["info", "--output=json", vmdk]);
  const capacityMiB = (JSON.parse(stdout) as { "virtual-size": number })["virtual-size"] / 1024 ** 2;
  await Deno.writeTextFile(
    folder.file("guest.ovf"),
    ovfText({ disks: [{ file: "disk.vmdk", capacityMiB }] }),
  );
  await writeManifest(folder, "guest.mf", ["guest.ovf", "disk.vmdk"]);
  const ova = await makeOva(folder, ["guest.ovf", "guest.mf", "disk.vmdk"]);
  await Deno.remove(folder.file("disk.vmdk"));
  return ova;
}

/** An OVA of 20 disks of 100 GiB; returns its path. */
export async function largeOva(_vmdk: string, path: string): Promise<string> {
  const folder = filesIn(path);
  const names = Array.from({ length: DISKS }, (_, index) => `disk-${index}.vmdk`);
  const create = ["create", "-q", "-f", "vmdk", "-o", "subformat=streamOptimized"];
  for (const name of names) await runCommand("qemu-img", [...create, folder.file(name), LARGE]);
  const disks = names.map((file) => ({ file, capacityMiB: LARGE_MIB }));
  await Deno.writeTextFile(folder.file("large.ovf"), ovfText({ disks }));
  return await makeOva(folder, ["large.ovf", ...names]);
}

/** A VMDK of 100 GiB with data in a few places; returns its path. */
export async function largeVmdk(_vmdk: string, path: string): Promise<string> {
  const disk = join(path, "large.vmdk");
  await runCommand("qemu-img", ["create", "-q", "-f", "vmdk", disk, LARGE]);
  const writes = ["0", "33G", "66G", "99G"].flatMap((at) => ["-c", `write -q -P 7 ${at} 64k`]);
  await runCommand("qemu-io", ["-f", "vmdk", ...writes, disk]);
  return disk;
}
