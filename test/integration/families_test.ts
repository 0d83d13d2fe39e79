/**
 * Families that cannot be installed here: their disks, laid out as their installers lay them out, through `plan`. They
 * do not boot.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Change } from "../../src/model/change.ts";
import type { Report, VmReport } from "../../src/model/report.ts";
import { runCli } from "../support/cli.ts";
import { familyDisks } from "../support/family_disks.ts";
import { testNeeding } from "../support/needs.ts";
import { ROOT_UUIDS } from "../support/samples/families.ts";
import { SWAP_UUID } from "../support/samples/sample.ts";
import { TempFolder } from "../support/temp.ts";

const NEEDS = { programs: ["qemu-img", "sfdisk", "mkfs.ext4"], libraries: ["libguestfs.so.0"] };

/** Plans every family in one batch. */
async function planAll(folder: TempFolder): Promise<ReadonlyMap<string, VmReport>> {
  const disks = await familyDisks();
  const vms = [...disks].map(([id, path]) => `  - name: ${id}\n    source: [${path}]\n    kind: raw\n`);
  const job = folder.file("job.yaml");
  await Deno.writeTextFile(job, `output: ${folder.file("out")}\nvms:\n${vms.join("")}`);
  const { status, stdout, stderr } = await runCli(["plan", job, "--json"]);
  const { vms: planned } = JSON.parse(stdout) as Report;
  const failed = planned.filter((vm) => vm.status !== "planned").map(({ name, error }) =>
    `${name}: ${error?.message}`
  );
  const critical = planned.flatMap((vm) => vm.concerns).filter(({ severity }) => severity === "critical");
  assertEquals([failed, critical, status], [[], [], 0], stderr.slice(-2000));
  return new Map(planned.map((vm) => [vm.name, vm]));
}

const paths = (vm: VmReport): string[] => vm.changes.map(({ fix, path }) => `${fix} ${path}`).toSorted();
const after = (vm: VmReport, path: string): string => {
  const change = vm.changes.findLast((one: Change) => one.path === path);
  assert(change?.kind === "text", `${path} is not changed`);
  return change.after ?? "";
};
const added = (vm: VmReport): readonly string[] =>
  vm.changes.flatMap((change) => change.kind === "append" ? change.members : []);

testNeeding(NEEDS, "plan knows RHEL, Fedora, SUSE, Arch and CentOS 6 on their own disks", async () => {
  await using folder = await TempFolder.create();
  const vms = await planAll(folder);
  const guest = (id: string): unknown => {
    const { guest } = vms.get(id)!;
    return [guest?.productName, guest?.root, guest?.firmware, guest?.bootEntries.length, guest?.arch];
  };

  const rhel = vms.get("rhel8")!;
  assertEquals(guest("rhel8"), ["Red Hat Enterprise Linux 8.10 (Ootpa)", "/dev/sda2", "bios", 2, "x86_64"]);
  assertStringIncludes(
    after(rhel, "/boot/grub2/grubenv"),
    `kernelopts=root=UUID=${ROOT_UUIDS.rhel8} ro resume=UUID=${SWAP_UUID}`,
  );
  assertStringIncludes(after(rhel, "/etc/dracut.conf.d/hyper2kvm.conf"), "virtio_blk");
  assert(added(rhel).some((path) => path.endsWith("etc/cmdline.d/hyper2kvm.conf")), added(rhel).join("\n"));
  assertEquals(rhel.changes.filter(({ kind }) => kind === "append").length, 2);

  const fedora = vms.get("fedora40")!;
  assertEquals(guest("fedora40"), [
    "Fedora Linux 40 (Server Edition)",
    "btrfsvol:/dev/sda3/root",
    "uefi",
    1,
    "x86_64",
  ]);
  assertEquals(fedora.changes.filter(({ fix }) => fix === "grub" || fix === "fstab"), []); // UUIDs already
  assert(paths(fedora).includes("efi-fallback /boot/efi/EFI/BOOT/BOOTX64.EFI"), paths(fedora).join("\n"));
  assert(paths(fedora).includes("network-names /etc/systemd/network/10-hyper2kvm-ens192.link"));

  const suse = vms.get("suse15")!;
  const snapshot = "btrfsvol:/dev/sda1/@/.snapshots/1/snapshot"; // snapper's default, and not the second
  assertEquals(guest("suse15"), ["openSUSE Leap 15.5", snapshot, "bios", 1, "x86_64"]);
  assertStringIncludes(
    after(suse, "/boot/grub2/grub.cfg"),
    `root=UUID=${ROOT_UUIDS.suse15}  \${extra_cmdline} splash=silent resume=UUID=${SWAP_UUID}`,
  );
  assertStringIncludes(after(suse, "/etc/fstab"), `UUID=${SWAP_UUID}  swap`);
  assert(paths(suse).includes("network-names /etc/systemd/network/10-hyper2kvm-eth0.link"));

  const arch = vms.get("arch")!;
  assertEquals(guest("arch"), ["Arch Linux", "/dev/sda2", "uefi", 1, "x86_64"]);
  assertStringIncludes(
    after(arch, "/boot/loader/entries/arch.conf"),
    `options root=UUID=${ROOT_UUIDS.arch} rw`,
  );
  assertStringIncludes(after(arch, "/etc/mkinitcpio.conf"), "MODULES=(virtio_pci virtio_blk");
  assert(paths(arch).includes("initramfs /boot/initramfs-linux.img"));

  const centos = vms.get("centos6")!;
  assertEquals(guest("centos6"), ["CentOS release 6.10 (Final)", "/dev/sda2", "bios", 1, "x86_64"]);
  assertStringIncludes(
    after(centos, "/boot/grub/grub.conf"),
    `ro root=UUID=${ROOT_UUIDS.centos6} rd_NO_LUKS`,
  );
  assert(paths(centos).includes("device-map /boot/grub/device.map"));
  assertEquals(centos.changes.filter(({ fix }) => fix === "network-names"), []); // its udev rule keeps eth0
  for (const vm of vms.values()) {
    assertEquals(vm.concerns.filter(({ severity }) => severity === "critical"), [], vm.name);
  }
});
