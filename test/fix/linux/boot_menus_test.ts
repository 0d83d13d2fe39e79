import { assertEquals } from "@std/assert";
import { bootMenus, stabilizeMenu } from "../../../src/fix/linux/boot_menus.ts";
import {
  contextOf,
  DEBIAN,
  MBR_FILESYSTEMS,
  openSample,
  ROOT_UUID,
  SUSE,
  SWAP_UUID,
} from "../../support/sample_guests.ts";

const devices = { filesystems: MBR_FILESYSTEMS, root: "/dev/sda1" };

Deno.test("stabilizeMenu() changes kernel lines and Debian's settings in comments", () => {
  const text =
    "# kopt=root=/dev/hda1 ro\nroot (hd0,0)\nkernel /vmlinuz root=/dev/hda1 resume=/dev/hda2\n APPEND root=/dev/sda1 quiet\n";
  assertEquals(
    stabilizeMenu(text, devices).text,
    `# kopt=root=UUID=${ROOT_UUID} ro\nroot (hd0,0)\nkernel /vmlinuz root=UUID=${ROOT_UUID} resume=UUID=${SWAP_UUID}\n APPEND root=UUID=${ROOT_UUID} quiet\n`,
  );
});

Deno.test("bootMenus changes the menu that the guest boots from", async () => {
  const { files, guest } = await openSample(SUSE);
  const { changes } = await bootMenus.plan(contextOf(files, guest));
  assertEquals(changes.map(({ path }) => path), ["/boot/grub/menu.lst"]);
});

Deno.test("bootMenus has nothing to do with a GRUB 2 guest", async () => {
  const { guest } = await openSample(DEBIAN);
  assertEquals(bootMenus.applies(guest), false);
});
