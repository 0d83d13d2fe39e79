import { assertEquals } from "@std/assert";
import type { Generator } from "../../../../src/fix/linux/initramfs/generator.ts";
import { configurationChange } from "../../../../src/fix/linux/initramfs/guest_config.ts";
import { MemoryFiles } from "../../../support/memory_files.ts";

const PATHS = {
  "initramfs-tools": "/etc/initramfs-tools/modules",
  "dracut": "/etc/dracut.conf.d/hyper2kvm.conf",
  "mkinitcpio": "/etc/mkinitcpio.conf",
} as const;

async function after(
  generator: keyof typeof PATHS,
  before: string | null,
): Promise<string | null | undefined> {
  const files = new MemoryFiles(before === null ? {} : { [PATHS[generator]]: before });
  const change = await configurationChange(files, generator, ["virtio_pci", "virtio_blk"], "initramfs");
  if (change) assertEquals([change.path, change.before], [PATHS[generator], before]);
  return change?.after;
}

for (
  const [generator, before, expected] of [
    ["initramfs-tools", "# list\next4\n", "# list\next4\nvirtio_pci\nvirtio_blk\n"],
    ["initramfs-tools", null, "virtio_pci\nvirtio_blk\n"],
    ["dracut", null, '# Drivers of the KVM machine.\nadd_drivers+=" virtio_pci virtio_blk "\n'],
    [
      "mkinitcpio",
      "# MODULES=(x)\nMODULES=()\nHOOKS=(base)\n",
      "# MODULES=(x)\nMODULES=(virtio_pci virtio_blk)\nHOOKS=(base)\n",
    ],
    ["mkinitcpio", "MODULES=(ext4 virtio_pci)\n", "MODULES=(virtio_blk ext4 virtio_pci)\n"],
    ["mkinitcpio", "MODULES=(\n  ext4 # root\n)\n", "MODULES=(virtio_pci virtio_blk\n  ext4 # root\n)\n"],
    [
      "mkinitcpio",
      "MODULES=(ext4 # virtio_blk\n)\n",
      "MODULES=(virtio_pci virtio_blk ext4 # virtio_blk\n)\n",
    ],
    ["mkinitcpio", 'MODULES="ext4"\n', 'MODULES="virtio_pci virtio_blk ext4"\n'],
    ["mkinitcpio", "HOOKS=(base)", "HOOKS=(base)\nMODULES=(virtio_pci virtio_blk)\n"],
  ] as const
) {
  Deno.test(`configurationChange() edits ${generator}: ${JSON.stringify(before)}`, async () => {
    assertEquals(await after(generator, before), expected);
  });

  Deno.test(`configurationChange() leaves its own ${generator} edit alone: ${JSON.stringify(before)}`, async () => {
    const files = new MemoryFiles({ [PATHS[generator]]: expected });
    assertEquals(
      await configurationChange(files, generator, ["virtio_pci", "virtio_blk"], "initramfs"),
      null,
    );
  });
}

Deno.test("configurationChange() gives undefined for an unknown generator", async () => {
  const generator: Generator = "unknown";
  assertEquals(await configurationChange(new MemoryFiles(), generator, ["x"], "initramfs"), undefined);
});
