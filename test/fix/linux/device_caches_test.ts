import { assertEquals } from "@std/assert";
import { deviceCaches } from "../../../src/fix/linux/device_caches.ts";
import { MemoryFiles } from "../../support/memory_files.ts";
import { contextOf, guestOf, MBR_FILESYSTEMS } from "../../support/sample_guests.ts";

Deno.test("deviceCaches deletes LVM's list of devices and leaves a cache that is a link", async () => {
  const files = new MemoryFiles({
    "/etc/lvm/devices/system.devices": "IDTYPE=sys_wwid\n",
    "/etc/blkid.tab": { link: "/run/blkid/blkid.tab" },
    "/run/blkid/blkid.tab": "x",
  });
  const { changes } = await deviceCaches.plan(contextOf(files, await guestOf(files, MBR_FILESYSTEMS)));
  assertEquals(changes.map((one) => [one.path, one.kind === "text" && one.after]), [
    ["/etc/lvm/devices/system.devices", null],
  ]);
});
