/**
 * Guests of other kinds than the plain one, each through convert and the boot proof: what the running guest says
 * of itself is what its owner would look at.
 *
 * The LUKS guest's initramfs has its passphrase in a file on /boot, so that it boots without a person.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { InsideView } from "../../src/model/proof.ts";
import type { Report, VmReport } from "../../src/model/report.ts";
import { runCli } from "../support/cli.ts";
import {
  ensureGuest,
  GUEST_INTERFACE,
  GUEST_MAC,
  type GuestKind,
  LUKS_PASSPHRASE,
  STATIC_ADDRESS,
} from "../support/guests.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

const NEEDS = { programs: ["qemu-img", "qemu-system-x86_64"], libraries: ["libguestfs.so.0"] };

async function convert(
  folder: TempFolder,
  kind: GuestKind,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly vm: VmReport; readonly view: InsideView; readonly text: string }> {
  const { disks } = await ensureGuest(kind);
  const out = folder.file("out");
  const sources = disks.map(({ vmdk }) => vmdk);
  const { status, stderr, stdout } = await runCli(
    ["convert", ...sources, "-o", out, "--name", kind, ...args],
    env,
  );
  assertEquals(status, 0, stderr + stdout);
  const text = await Deno.readTextFile(`${out}/report.json`);
  const [vm] = (JSON.parse(text) as Report).vms;
  const view = vm?.proof?.insideView;
  assert(vm !== undefined && view !== undefined, "the report has no inside view");
  return { vm, view, text: text + stderr + stdout };
}

/** What holds for every guest: virtio, every line of fstab mounted, no failed unit. */
function assertHealthy(view: InsideView): void {
  assertEquals(view.rootDriver, "virtio_blk");
  const missing = view.mounts.filter(({ options, source }) => source === "" && !options.includes("noauto"));
  assertEquals(missing.map(({ target }) => target), []);
  assertEquals(view.failedUnits, []);
  assertEquals(view.systemState, "running");
}

function assertAddress(view: InsideView, address: string): void {
  const cards = view.interfaces.filter(({ driver }) => driver === "virtio_net");
  assertEquals(cards.map(({ name, mac, addresses }) => [name, mac, addresses]), [
    [GUEST_INTERFACE, GUEST_MAC, [address]],
  ]);
}

const sourceOf = (view: InsideView, target: string): string | undefined =>
  view.mounts.find((mount) => mount.target === target)?.source;

testNeeding(NEEDS, "convert boots a UEFI guest with a static address by systemd-networkd", async () => {
  await using folder = await TempFolder.create();
  const { vm, view } = await convert(folder, "uefi");
  assertHealthy(view);
  assertAddress(view, STATIC_ADDRESS.uefi);
  assertEquals([vm.guest?.firmware, view.rootSource], ["uefi", "/dev/vda2"]);
  assertEquals(sourceOf(view, "/boot/efi"), "/dev/vda1");
});

testNeeding(NEEDS, "convert boots a guest whose root is on LVM over two disks", async () => {
  await using folder = await TempFolder.create();
  const script = folder.file("size.sh");
  await Deno.writeTextFile(
    script,
    '#!/bin/sh\necho "root has $(df -m --output=size / | tail -n 1) MiB" > /dev/console\n',
  );
  const extras = ["--resize", "2:+1G", "--install-guest-agent", "--first-boot", script];
  const { vm, view } = await convert(folder, "lvm2", extras);
  assertHealthy(view);
  const log = await Deno.readTextFile(vm.proof!.serialLog!);
  assertStringIncludes(log, "hyper2kvm: done: install-guest-agent"); // from a repository inside the guest
  const [, mib] = /root has +(\d+) MiB/.exec(log) ?? [];
  assert(Number(mib) > 3700, log.slice(-2000)); // 2.9 GiB before
  const sizes = vm.changes.flatMap((change) => change.kind === "size" ? [change.path] : []);
  assertEquals(sizes, ["/dev/sdb", "/dev/vg0/root"]);
  assertAddress(view, STATIC_ADDRESS.lvm2);
  assertEquals([vm.guest?.root, view.rootSource], ["/dev/vg0/root", "/dev/mapper/vg0-root"]);
  assertEquals(sourceOf(view, "/boot"), "/dev/vda1");
  const fstab = vm.changes.find((change) => change.path === "/etc/fstab");
  assertStringIncludes(fstab?.kind === "text" ? fstab.after ?? "" : "", "/dev/mapper/vg0-root  /");
});

testNeeding(NEEDS, "convert boots a guest on a mirror, with /usr and /var apart", async () => {
  await using folder = await TempFolder.create();
  const { vm, view } = await convert(folder, "raid");
  assertHealthy(view);
  assertEquals([vm.guest?.root.startsWith("/dev/md"), view.rootSource], [true, "/dev/md0"]);
  assertEquals(vm.guest?.mounts.map(({ path }) => path), ["/", "/usr", "/var", "/boot"]);
  for (const [target, source] of [["/boot", "/dev/vda1"], ["/usr", "/dev/vdb2"], ["/var", "/dev/vdb3"]]) {
    assertEquals(sourceOf(view, target!), source);
  }
});

testNeeding(NEEDS, "convert opens LVM in LUKS with a key, and the guest boots", async () => {
  await using folder = await TempFolder.create();
  const keyFile = folder.file("key");
  await Deno.writeTextFile(keyFile, LUKS_PASSPHRASE);
  const keys = ["--luks-key", "all=env:WRONG_KEY", "--luks-key", `/dev/sda2=keyfile:${keyFile}`];
  const { vm, view, text } = await convert(folder, "luks", keys, { WRONG_KEY: "not-the-pass" });
  assertHealthy(view);
  assertEquals(view.rootSource, "/dev/mapper/vmguest--vg-root");
  const crypttab = vm.changes.find((change) => change.path === "/etc/crypttab");
  assertStringIncludes(crypttab?.kind === "text" ? crypttab.after ?? "" : "", "sda2_crypt UUID=");
  for (const secret of [LUKS_PASSPHRASE, "not-the-pass"]) assert(!text.includes(secret));
});

testNeeding(NEEDS, "convert boots a guest on btrfs subvolumes with an address by netplan", async () => {
  await using folder = await TempFolder.create();
  const { vm, view } = await convert(folder, "btrfs");
  assertHealthy(view);
  assertAddress(view, STATIC_ADDRESS.btrfs);
  assertEquals(vm.guest?.root, "btrfsvol:/dev/sda1/@"); // and not timeshift's snapshot of it
  assertEquals(sourceOf(view, "/home"), "/dev/vda1[/@home]");
  assertEquals(sourceOf(view, "/srv"), "/dev/vda2");
});

testNeeding(NEEDS, "plan names the encrypted device when no key is given", async () => {
  await using folder = await TempFolder.create();
  const { vmdk } = await ensureGuest("luks");
  const { status, stderr } = await runCli(["plan", vmdk, "-o", folder.file("out")]);
  assertEquals(status, 9, stderr);
  assertStringIncludes(stderr, "Cannot open /dev/sda2: it is encrypted (LUKS) and no key is given");
  assertStringIncludes(stderr, "--luks-key /dev/sda2=file:PATH");
});

testNeeding(NEEDS, "plan asks for the other disks of a volume group", async () => {
  await using folder = await TempFolder.create();
  const { vmdk } = await ensureGuest("lvm2");
  const { status, stderr } = await runCli(["plan", vmdk, "-o", folder.file("out")]);
  assertEquals(status, 9, stderr);
  assertStringIncludes(stderr, "Cannot use /dev/vg0/root: a disk that holds a part of it is missing");
});
