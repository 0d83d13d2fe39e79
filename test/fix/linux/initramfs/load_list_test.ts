import { assertEquals } from "@std/assert";
import { addLines, loadListFiles } from "../../../../src/fix/linux/initramfs/load_list.ts";
import { treeOf } from "../../../support/trees.ts";
import type { Generator } from "../../../../src/fix/linux/initramfs/generator.ts";

function lists(entries: Record<string, string>, generator: Generator): Record<string, string> {
  const files = loadListFiles(treeOf(entries), generator, ["virtio_pci", "virtio_blk"]);
  return Object.fromEntries(files.map(({ path, content }) => [path, new TextDecoder().decode(content)]));
}

Deno.test("loadListFiles() adds to /conf/modules of initramfs-tools", () => {
  assertEquals(lists({ "conf/modules": "ext4\nvirtio-pci\n" }, "initramfs-tools"), {
    "conf/modules": "ext4\nvirtio-pci\nvirtio_blk\n",
  });
});

Deno.test("loadListFiles() gives dracut a kernel argument file, and systemd its list", () => {
  assertEquals(lists({ "usr/lib/systemd/systemd-modules-load": "" }, "dracut"), {
    "etc/cmdline.d/hyper2kvm.conf": "rd.driver.pre=virtio_pci\nrd.driver.pre=virtio_blk\n",
    "etc/modules-load.d/hyper2kvm.conf": "virtio_pci\nvirtio_blk\n",
  });
});

Deno.test("loadListFiles() adds to MODULES of mkinitcpio's /config", () => {
  assertEquals(lists({ "config": 'MODULES="ext4"\nHOOKS="udev"\n' }, "mkinitcpio"), {
    "config": 'MODULES="ext4 virtio_pci virtio_blk"\nHOOKS="udev"\n',
  });
});

Deno.test("loadListFiles() writes MODULES into mkinitcpio's /config when it has none", () => {
  assertEquals(lists({ "config": 'HOOKS="udev"\n' }, "mkinitcpio"), {
    "config": 'MODULES="virtio_pci virtio_blk"\nHOOKS="udev"\n',
  });
});

Deno.test("loadListFiles() writes nothing for an unknown generator without systemd", () => {
  assertEquals(lists({ "init": "" }, "unknown"), {});
});

Deno.test("loadListFiles() follows links of the initramfs", () => {
  assertEquals(Object.keys(lists({ "etc": "-> usr/etc" }, "dracut")), ["usr/etc/cmdline.d/hyper2kvm.conf"]);
});

Deno.test("addLines() ends an unfinished line first", () => {
  assertEquals(addLines("ext4", ["virtio_blk"]), "ext4\nvirtio_blk\n");
});

Deno.test("addLines() leaves a text alone that names all, options included", () => {
  assertEquals(
    addLines("# virtio\nvirtio_blk num_request_queues=1", ["virtio_blk"]),
    "# virtio\nvirtio_blk num_request_queues=1",
  );
});
