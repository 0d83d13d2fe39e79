import { assertEquals, assertStringIncludes } from "@std/assert";
import type { FixPlan } from "../../src/fix/fix.ts";
import { vmwareTools } from "../../src/fix/linux/vmware_tools.ts";
import type { RunningHardware } from "../../src/live/hardware.ts";
import { keepingHardware, withoutRemovals } from "../../src/live/keep_hardware.ts";
import type { TextChange } from "../../src/model/change.ts";
import { linuxGuest } from "../support/boot_guest.ts";
import { MemoryFiles } from "../support/memory_files.ts";

const VMWARE: RunningHardware = {
  vendor: "VMware, Inc.",
  drivers: new Set(["vmxnet3", "vmw_pvscsi", "vmwgfx"]),
  places: new Set(["0000:0b:00.0"]),
};

function planned(before: string, after: string | null, fix = "vmware-udev"): FixPlan {
  const change: TextChange = { kind: "text", fix, path: "/etc/x", before, after, why: "" };
  return { changes: [change], leftAlone: [], concerns: [] };
}

for (
  const [line, use] of [
    ['SUBSYSTEM=="net", DRIVERS=="vmxnet3", RUN+="/sbin/tune"', "vmxnet3"],
    ['KERNELS=="0000:0b:00.0", NAME="lan0"', "the device at 0000:0b:00.0"],
    ['ATTRS{vendor}=="0x15ad", RUN+="x"', "0x15ad"],
    ['  Driver "vmware"', "vmwgfx"],
  ] as const
) {
  Deno.test(`withoutRemovals() keeps ${line}`, () => {
    const { changes, leftAlone } = withoutRemovals(planned(`${line}\n`, null), VMWARE);
    assertEquals([changes.length, leftAlone[0]?.path], [0, "/etc/x"]);
    assertStringIncludes(leftAlone[0]!.reason, `is for ${use}, which the machine runs on now`);
  });
}

Deno.test("withoutRemovals() lets go what the machine does not run on", () => {
  for (const line of ['DRIVERS=="e1000"', 'KERNELS=="0000:03:00.0"', "# vmxnet3", "mptspi"]) {
    assertEquals(withoutRemovals(planned(`${line}\n`, null), VMWARE).changes.length, 1, line);
  }
  const onKvm = { vendor: "QEMU", drivers: new Set(["virtio_net"]), places: new Set<string>() };
  assertEquals(withoutRemovals(planned('DRIVERS=="vmxnet3"\n', null), onKvm).changes.length, 1);
});

Deno.test("withoutRemovals() lets lines be added, and devices be named anew", () => {
  assertEquals(withoutRemovals(planned("vmxnet3\n", "vmxnet3\nvirtio_net\n"), VMWARE).changes.length, 1);
  const fstab = planned("/dev/disk/by-path/pci-0000:0b:00.0-part1 / ext4\n", "UUID=u / ext4\n", "fstab");
  assertEquals(withoutRemovals(fstab, VMWARE).changes.length, 1);
});

async function planTools(modulesDep: string): Promise<FixPlan> {
  const [fix] = keepingHardware([vmwareTools], VMWARE, "6.1");
  const files = new MemoryFiles({
    "/usr/bin/vmware-uninstall-tools.pl": "",
    "/usr/lib/systemd/systemd": "",
    "/etc/modules": "vmxnet3\nloop\n",
    "/lib/modules/6.1/modules.dep": modulesDep,
  });
  const options = {
    fstabMode: "stabilize-all",
    firstBoot: [],
    cloudInit: null,
    initramfs: "augment",
    networkPolicy: "keep",
    backup: true,
    removeTools: true,
    installGuestAgent: false,
    resetMachineId: false,
    tasks: "now",
  } as const;
  const signal = new AbortController().signal;
  return await fix!.plan({ guest: linuxGuest({}), files, nics: [], options, workDir: "/nowhere", signal });
}

Deno.test("keepingHardware() leaves tools in place that brought a driver in use", async () => {
  const plan = await planTools("misc/vmxnet3.ko:\nkernel/drivers/scsi/vmw_pvscsi.ko:\n");
  assertEquals(plan.changes, []);
  assertStringIncludes(plan.leftAlone[0]!.reason, "the tools stay: vmxnet3, which the machine runs on now");
});

Deno.test("keepingHardware() removes tools whose drivers are the kernel's, and keeps the driver in /etc/modules", async () => {
  const plan = await planTools("kernel/drivers/net/vmxnet3/vmxnet3.ko.xz:\n");
  assertEquals(plan.changes.some(({ path }) => path.endsWith("remove-guest-tools")), true);
  assertEquals(plan.changes.some(({ path }) => path === "/etc/modules"), false);
  assertEquals(plan.leftAlone.map(({ path }) => path), ["/etc/modules"]);
  assertStringIncludes(plan.changes.at(-2)!.why, "While it runs the guest removes");
});
