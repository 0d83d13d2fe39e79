import { assertEquals } from "@std/assert";
import { stabilizeCrypttab } from "../../../src/fix/linux/crypttab.ts";
import { MBR_FILESYSTEMS, ROOT_UUID } from "../../support/sample_guests.ts";

const devices = { filesystems: MBR_FILESYSTEMS, root: "/dev/sda1" };

Deno.test("stabilizeCrypttab() replaces the second column only", () => {
  const { text } = stabilizeCrypttab("# sda1\nsda1\t/dev/sda1  none luks,x=/dev/sda1\n", devices);
  assertEquals(text, `# sda1\nsda1\tUUID=${ROOT_UUID}  none luks,x=/dev/sda1\n`);
});

Deno.test("stabilizeCrypttab() names an area with a random key by its partition", () => {
  const { text } = stabilizeCrypttab("swap /dev/sda2 /dev/urandom swap\n", devices);
  assertEquals(text, "swap PARTUUID=5f3c9a10-02 /dev/urandom swap\n");
});

Deno.test("stabilizeCrypttab() says what it leaves and what it cannot name", () => {
  const result = stabilizeCrypttab("a UUID=1 none\nb /dev/sdz1 none\n", devices);
  assertEquals([result.changed.length, result.leftAlone.length, result.unresolved.length], [0, 1, 1]);
});
