/** The tools of the old hypervisor: off when the guest boots, gone after its first boot. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Report } from "../../src/model/report.ts";
import { runCli } from "../support/cli.ts";
import { ensureGuest } from "../support/guests.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

const NEEDS = { programs: ["qemu-img", "qemu-system-x86_64"], libraries: ["libguestfs.so.0"] };

testNeeding(
  NEEDS,
  "convert --remove-vmware-tools: the guest removes open-vm-tools at its first boot",
  async () => {
    await using folder = await TempFolder.create();
    const { vmdk } = await ensureGuest("bios");
    const out = folder.file("out");
    const args = ["convert", vmdk, "-o", out, "--name", "web-01", "--remove-vmware-tools", "--resize", "+2G"];
    const { status, stderr, stdout } = await runCli(args);
    assertEquals(status, 0, stderr + stdout);

    const [vm] = (JSON.parse(await Deno.readTextFile(`${out}/report.json`)) as Report).vms;
    const links = vm?.changes.filter((one) => one.kind === "link" && one.after === "/dev/null");
    assertEquals(links?.map((one) => [one.path, one.kind === "link" && one.before]), [
      ["/etc/systemd/system/open-vm-tools.service", null],
      ["/etc/systemd/system/vmtoolsd.service", "/lib/systemd/system/open-vm-tools.service"],
      ["/etc/systemd/system/vgauth.service", null],
    ]);
    assertEquals(vm?.concerns.filter(({ id }) => id.startsWith("vmware-tools/")).map(({ id }) => id), [
      "vmware-tools/first-boot",
    ]);
    const { verdict, insideView, serialLog } = vm!.proof!;
    assertEquals([verdict, insideView?.failedUnits, insideView?.systemState], ["booted", [], "running"]);
    const log = await Deno.readTextFile(serialLog!);
    assertStringIncludes(log, "Purging configuration files for open-vm-tools");
    assertStringIncludes(log, "hyper2kvm: done: remove-guest-tools");
    const size = vm?.changes.find((one) => one.kind === "size");
    assertEquals([size?.path, size?.kind === "size" && size.afterBytes], [
      "/dev/sda1",
      6 * 1024 ** 3 - 1024 ** 2,
    ]);
  },
);

testNeeding(
  NEEDS,
  "convert --initramfs rebuild: the guest's own program makes an image with the drivers",
  async () => {
    await using folder = await TempFolder.create();
    const { vmdk } = await ensureGuest("bios");
    const out = folder.file("out");
    const args = ["convert", vmdk, "-o", out, "--initramfs", "rebuild", "--no-backup", "--no-boot-proof"];
    const { status, stderr, stdout } = await runCli(args);
    assertEquals(status, 0, stderr + stdout); // the image was read back, or this would have failed
    const [vm] = (JSON.parse(await Deno.readTextFile(`${out}/report.json`)) as Report).vms;
    const kinds = vm?.changes.filter(({ fix }) => fix === "initramfs").map(({ kind }) => kind);
    assertEquals(kinds, ["text", "command"]);
  },
);
