import { assertEquals } from "@std/assert";
import {
  isModuleFile,
  moduleName,
  parseModulesBuiltin,
  parseModulesDep,
  withNeeds,
} from "../../../../src/fix/linux/initramfs/kernel_modules.ts";

const DEP = `kernel/drivers/virtio/virtio.ko.xz: kernel/drivers/virtio/virtio_ring.ko.xz
kernel/drivers/virtio/virtio_ring.ko.xz:
kernel/drivers/virtio/virtio_pci.ko.xz: kernel/drivers/virtio/virtio.ko.xz kernel/drivers/virtio/virtio_ring.ko.xz
kernel/drivers/md/dm-mod.ko.xz:
`;

Deno.test("moduleName() drops folder and endings and writes underscores", () => {
  const paths = ["kernel/md/dm-mod.ko", "a/x.ko.gz", "x.ko.xz", "x.ko.zst"];
  assertEquals(paths.map(moduleName), ["dm_mod", "x", "x", "x"]);
});

Deno.test("isModuleFile() knows compressed modules", () => {
  assertEquals(["a.ko", "a.ko.zst", "modules.dep", "a.kopf"].map(isModuleFile), [true, true, false, false]);
});

Deno.test("parseModulesDep() reads paths and needs", () => {
  const modules = parseModulesDep(DEP);
  assertEquals([...modules.keys()], ["virtio", "virtio_ring", "virtio_pci", "dm_mod"]);
  assertEquals(modules.get("virtio_pci"), {
    name: "virtio_pci",
    path: "kernel/drivers/virtio/virtio_pci.ko.xz",
    needs: ["virtio", "virtio_ring"],
  });
});

Deno.test("parseModulesBuiltin() reads names", () => {
  assertEquals([...parseModulesBuiltin("kernel/fs/ext4/ext4.ko\nkernel/drivers/md/dm-mod.ko\n")], [
    "ext4",
    "dm_mod",
  ]);
});

Deno.test("withNeeds() gives what is needed first, each once", () => {
  const kernel = { release: "6", modules: parseModulesDep(DEP), builtin: new Set<string>() };
  assertEquals(withNeeds(["virtio_pci", "virtio"], kernel).map(({ name }) => name), [
    "virtio_ring",
    "virtio",
    "virtio_pci",
  ]);
});

Deno.test("withNeeds() leaves out what is built in or unknown", () => {
  const kernel = { release: "6", modules: parseModulesDep(DEP), builtin: new Set(["virtio_ring"]) };
  assertEquals(withNeeds(["virtio", "nothing"], kernel).map(({ name }) => name), ["virtio"]);
});
