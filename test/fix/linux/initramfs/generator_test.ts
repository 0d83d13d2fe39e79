import { assertEquals } from "@std/assert";
import { detectGenerator } from "../../../../src/fix/linux/initramfs/generator.ts";
import { treeOf } from "../../../support/trees.ts";

for (
  const [generator, names] of Object.entries({
    "initramfs-tools": ["conf/modules", "scripts/functions", "etc/initrd-release"],
    "dracut": ["etc/initrd-release", "usr/lib/dracut/hooks/cmdline/00.sh"],
    "mkinitcpio": ["buildconfig", "config", "etc/initrd-release"],
    "unknown": ["init", "etc/initrd-release"],
  })
) {
  Deno.test(`detectGenerator() knows ${generator}`, () => {
    const tree = treeOf(Object.fromEntries(names.map((name) => [name, ""])));
    assertEquals(detectGenerator(tree) as string, generator);
  });
}
