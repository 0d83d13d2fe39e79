import { assertEquals } from "@std/assert";
import { kernelPresence, presence } from "../../scripts/presence.ts";
import { TempFolder } from "../support/temp.ts";

Deno.test("presence() finds a program outside the PATH of an ordinary user", () => {
  assertEquals(presence({ kind: "program", name: "ldconfig" }), "present");
});

Deno.test("presence() misses a program that is not there", () => {
  assertEquals(presence({ kind: "program", name: "no-such-program-here" }), "missing");
});

Deno.test("presence() finds a library by soname", () => {
  assertEquals(presence({ kind: "library", soname: "libc.so.6" }), "present");
});

Deno.test("presence() misses a library that is not there", () => {
  assertEquals(presence({ kind: "library", soname: "libnosuch.so.9" }), "missing");
});

Deno.test("presence() reads a star as any one folder", async () => {
  await using temp = await TempFolder.create();
  await Deno.mkdir(temp.file("a/b"), { recursive: true });
  await Deno.writeTextFile(temp.file("a/b/mark"), "");
  assertEquals(presence({ kind: "file", anyOf: [temp.file("*/b/mark")] }), "present");
  assertEquals(presence({ kind: "file", anyOf: [temp.file("*/mark")] }), "missing");
});

async function boot(temp: TempFolder, release: string, hasModules: boolean): Promise<string[]> {
  await Deno.writeTextFile(temp.file(`vmlinuz-${release}`), "");
  const modules = temp.file("modules");
  await Deno.mkdir(`${modules}/${release}`, { recursive: true });
  if (hasModules) await Deno.writeTextFile(`${modules}/${release}/modules.dep`, "");
  return [temp.path, modules];
}

Deno.test("kernelPresence() wants a kernel with its modules", async () => {
  await using temp = await TempFolder.create();
  const [bootFolder, modules] = await boot(temp, "6.1", true);
  assertEquals(kernelPresence(bootFolder!, [modules!]), "present");
});

Deno.test("kernelPresence() takes no kernel without modules", async () => {
  await using temp = await TempFolder.create();
  const [bootFolder, modules] = await boot(temp, "6.1", false);
  assertEquals(kernelPresence(bootFolder!, [modules!]), "missing");
});

Deno.test("kernelPresence() finds nothing where /boot is missing", () => {
  assertEquals(kernelPresence("/no/such/boot", ["/lib/modules"]), "missing");
});
