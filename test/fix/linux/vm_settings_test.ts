import { assertEquals } from "@std/assert";
import {
  blockedDrivers,
  foreignArguments,
  replaceXDrivers,
  vmSettings,
} from "../../../src/fix/linux/vm_settings.ts";
import { MemoryFiles } from "../../support/memory_files.ts";
import { contextOf, guestOf, MBR_FILESYSTEMS } from "../../support/sample_guests.ts";

Deno.test("replaceXDrivers() replaces drivers of other hypervisors and nothing else", () => {
  const before =
    'Section "Device"\n\tIdentifier "vmware"\n\tDriver  "vmware" # VM\nEndSection\n  driver "vmmouse"\n';
  assertEquals(replaceXDrivers(before), {
    text:
      'Section "Device"\n\tIdentifier "vmware"\n\tDriver  "modesetting" # VM\nEndSection\n  driver "libinput"\n',
    changed: ["vmware → modesetting", "vmmouse → libinput"],
  });
  const other = '#Driver "vmware"\nDriver "nvidia"\n';
  assertEquals(replaceXDrivers(other), { text: other, changed: [] });
});

Deno.test("foreignArguments() finds arguments of VMware's and Hyper-V's drivers", () => {
  const cmdline =
    "root=UUID=x ro vmw_pvscsi.cmd_per_lun=254 video=hyperv_fb:1920x1080 video=HDMI-A-1:1024x768 quiet";
  assertEquals(foreignArguments(cmdline), ["vmw_pvscsi.cmd_per_lun=254", "video=hyperv_fb:1920x1080"]);
});

Deno.test("blockedDrivers() finds both ways to keep a driver from loading", () => {
  const text =
    "blacklist virtio_balloon\n install virtio_blk /bin/false\n# blacklist virtio_net\nblacklist floppy\n";
  assertEquals(blockedDrivers(text), ["virtio_balloon", "virtio_blk"]);
});

Deno.test("vmSettings warns of a virtio driver that may not load", async () => {
  const files = new MemoryFiles({ "/etc/modprobe.d/x.conf": "blacklist virtio_blk\n" });
  const { concerns } = await vmSettings.plan(contextOf(files, await guestOf(files, MBR_FILESYSTEMS)));
  assertEquals(concerns.map(({ id, severity }) => [id, severity]), [[
    "vm-settings/virtio-blocked",
    "warning",
  ]]);
});
