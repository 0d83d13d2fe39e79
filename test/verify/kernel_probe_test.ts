import { assertEquals } from "@std/assert";
import { kernelArgs, readableKernel } from "../../src/verify/kernel_probe.ts";
import { TempFolder } from "../support/temp.ts";

Deno.test("readableKernel() finds a kernel among the other files of /boot", async () => {
  await using folder = await TempFolder.create();
  assertEquals(await readableKernel(folder.path), null);
  for (const name of ["initrd.img-6.1.0", "System.map-6.1.0", "vmlinuz-6.1.0"]) {
    await Deno.writeTextFile(folder.file(name), "");
  }
  assertEquals(await readableKernel(folder.path), folder.file("vmlinuz-6.1.0"));
});

Deno.test("readableKernel() knows no kernel where there is no such folder", async () => {
  assertEquals(await readableKernel("/no/such/boot"), null);
});

Deno.test("kernelArgs() lets a panic end qemu", () => {
  const args = kernelArgs("kvm", "/boot/vmlinuz-6.1.0");
  assertEquals(args.includes("-no-reboot"), true);
  assertEquals(args.at(-1), "panic=-1 quiet");
});
