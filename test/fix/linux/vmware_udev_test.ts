import { assertEquals } from "@std/assert";
import { cleanUdevRules } from "../../../src/fix/linux/vmware_udev.ts";
import { DEBIAN, SUSE } from "../../support/sample_guests.ts";

Deno.test("cleanUdevRules() keeps rules by MAC address as they are", () => {
  const text = DEBIAN.files["/etc/udev/rules.d/70-persistent-net.rules"] as string;
  assertEquals(cleanUdevRules(text), { text, changed: [] });
});

Deno.test("cleanUdevRules() frees a rule by MAC address from the driver and the slot", () => {
  const rule =
    'SUBSYSTEM=="net", DRIVERS=="e1000", KERNELS=="0000:02:01.0", ATTR{address}=="00:0c:29:aa:bb:cc", NAME="eth0"\n';
  assertEquals(
    cleanUdevRules(rule).text,
    'SUBSYSTEM=="net", ATTR{address}=="00:0c:29:aa:bb:cc", NAME="eth0"\n',
  );
});

Deno.test("cleanUdevRules() removes names by VMware's slot and keeps the rest of the file", () => {
  const text = SUSE.files["/etc/udev/rules.d/70-persistent-net.rules"] as string;
  assertEquals(
    cleanUdevRules(text).text,
    '# PCI device 0x15ad:0x07b0 (vmxnet3)\nSUBSYSTEM=="net", ACTION=="add", ATTR{address}=="00:0c:29:11:22:33", NAME="eth0"\n',
  );
});

for (
  const rule of [
    'SUBSYSTEM=="net", ATTRS{vendor}=="0x15ad", NAME="eth0"',
    'ACTION=="add", SUBSYSTEM=="net", DRIVERS=="vmxnet3", RUN+="/bin/x"',
    'ACTION=="add", SUBSYSTEMS=="scsi", ATTRS{vendor}=="VMware  ", \\\n  ATTR{timeout}="180"',
    'SUBSYSTEM=="block", ENV{ID_VENDOR}=="VMware", ATTR{queue/scheduler}="noop"',
  ]
) {
  Deno.test(`cleanUdevRules() deletes a file that has only ${rule.slice(0, 60)}…`, () => {
    assertEquals(cleanUdevRules(`# VMware\n\n${rule}\n`).text, null);
  });
}

for (
  const rule of [
    'SUBSYSTEM=="net", ATTRS{vendor}!="0x15ad", NAME="eth0"',
    'KERNEL=="sd*", ATTRS{vendor}=="NETAPP", ATTR{timeout}="180"',
    'SUBSYSTEM=="usb", ATTRS{idVendor}=="1234", MODE="0666"',
    'ATTRS{vendor}=="VMware", LABEL="end"',
  ]
) {
  Deno.test(`cleanUdevRules() keeps ${rule}`, () => {
    assertEquals(cleanUdevRules(`${rule}\n`), { text: `${rule}\n`, changed: [] });
  });
}

Deno.test("cleanUdevRules() does not delete a file that had no rules", () => {
  assertEquals(cleanUdevRules("# nothing\n").text, "# nothing\n");
});
