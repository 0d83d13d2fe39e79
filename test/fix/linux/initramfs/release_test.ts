import { assertEquals } from "@std/assert";
import { kernelRelease } from "../../../../src/fix/linux/initramfs/release.ts";
import { bootEntry, linuxGuest } from "../../../support/boot_guest.ts";
import { treeOf } from "../../../support/trees.ts";

function release(kernel: string, installed: string[], packed: string[] = []): string | undefined {
  const kernels = installed.map((name) => ({ release: name, hasModules: true }));
  const tree = treeOf(Object.fromEntries(packed.map((name) => [`lib/modules/${name}/modules.dep`, ""])));
  return kernelRelease(linuxGuest({ kernels }), bootEntry({ kernel }), tree);
}

Deno.test("kernelRelease() reads the name of the kernel", () => {
  assertEquals(release("/boot/vmlinuz-6.1.0-9-amd64", ["6.1.0-9-amd64", "5.10"], ["5.10"]), "6.1.0-9-amd64");
});

Deno.test("kernelRelease() prefers the longer of two names that fit", () => {
  assertEquals(release("/boot/vmlinuz-6.1-rt-amd64", ["amd64", "6.1-rt-amd64"]), "6.1-rt-amd64");
});

Deno.test("kernelRelease() reads the folder of a boot loader entry", () => {
  assertEquals(release("/efi/0123abcd/6.6.1/linux", ["6.6.1", "6.5.0"]), "6.6.1");
});

Deno.test("kernelRelease() takes the one module directory of the initramfs", () => {
  assertEquals(release("/boot/vmlinuz-linux", ["6.6.1-arch1", "6.1-lts"], ["6.6.1-arch1"]), "6.6.1-arch1");
});

Deno.test("kernelRelease() takes a version that no module directory confirms", () => {
  assertEquals(release("/boot/vmlinuz-4.9.0", ["6.1"]), "4.9.0");
});

Deno.test("kernelRelease() takes the only installed kernel, and gives up on two", () => {
  assertEquals(release("/boot/bzImage", ["6.1"]), "6.1");
  assertEquals(release("/boot/bzImage", ["6.1", "6.2"]), undefined);
});
