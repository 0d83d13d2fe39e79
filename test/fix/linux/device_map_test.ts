import { assertEquals } from "@std/assert";
import { deviceMap } from "../../../src/fix/linux/device_map.ts";
import type { TextChange } from "../../../src/model/change.ts";
import { contextOf, DEBIAN, openSample } from "../../support/sample_guests.ts";

Deno.test("deviceMap deletes a map of VMware's disks", async () => {
  const { files, guest } = await openSample(DEBIAN);
  const { changes } = await deviceMap.plan(contextOf(files, guest));
  assertEquals(changes.map((change) => [change.path, (change as TextChange).after]), [[
    "/boot/grub/device.map",
    null,
  ]]);
});

Deno.test("deviceMap leaves a map of virtio disks alone", async () => {
  const { files, guest } = await openSample(DEBIAN);
  files.set("/boot/grub/device.map", "(fd0) /dev/fd0\n(hd0) /dev/vda\n");
  const { changes, leftAlone } = await deviceMap.plan(contextOf(files, guest));
  assertEquals([changes.length, leftAlone.length], [0, 1]);
});
