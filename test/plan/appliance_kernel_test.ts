import { assertEquals, assertStringIncludes } from "@std/assert";
import { kernelAccess } from "../../src/plan/appliance_kernel.ts";
import { blockingError, preflight } from "../../src/plan/preflight.ts";
import { HOST, preflightFacts } from "../support/preflight_facts.ts";
import { TempFolder } from "../support/temp.ts";

/** Folders with kernels of these releases; those in `modules` have modules. */
async function folders(kernels: readonly string[], modules: readonly string[]): Promise<[TempFolder, {
  boot: string;
  modules: string[];
}]> {
  const folder = await TempFolder.create();
  await Deno.mkdir(folder.file("boot"));
  for (const release of kernels) await Deno.writeTextFile(folder.file(`boot/vmlinuz-${release}`), "");
  for (const release of modules) {
    await Deno.mkdir(folder.file(`modules/${release}`), { recursive: true });
    await Deno.writeTextFile(folder.file(`modules/${release}/modules.dep`), "");
  }
  return [folder, { boot: folder.file("boot"), modules: [folder.file("none"), folder.file("modules")] }];
}

Deno.test("kernelAccess() wants a kernel that has its modules", async () => {
  for (
    const [kernels, modules, kind] of [
      [["6.1"], ["6.1"], "readable"],
      [["6.1"], ["5.10"], "missing"],
      [[], ["6.1"], "missing"],
    ] as const
  ) {
    const [folder, places] = await folders(kernels, modules);
    await using _folder = folder;
    assertEquals((await kernelAccess(places)).kind, kind);
  }
});

Deno.test("kernelAccess() finds a kernel beside its modules", async () => {
  const [folder, places] = await folders([], ["6.1"]);
  await using _folder = folder;
  await Deno.writeTextFile(folder.file("modules/6.1/vmlinuz"), "");
  assertEquals(await kernelAccess(places), { kind: "readable" });
});

Deno.test("preflight() stops where the kernel is closed to the user, and says how to open it", async () => {
  await using folder = await TempFolder.create();
  const host = { ...HOST, kernel: { kind: "unreadable", path: "/boot/vmlinuz-6.1" } } as const;
  const error = blockingError(await preflight(await preflightFacts(folder, { host })));
  assertEquals(error?.code, "permission/denied");
  assertStringIncludes(error?.hint ?? "", "chmod a+r /boot/vmlinuz-6.1");
});

Deno.test("preflight() names the group of a KVM that is closed to the user", async () => {
  await using folder = await TempFolder.create();
  const host = {
    ...HOST,
    accelerator: "tcg",
    acceleratorReason: "/dev/kvm may not be opened by this user",
  } as const;
  const [finding] = await preflight(await preflightFacts(folder, { host }));
  assertStringIncludes(finding?.hint ?? "", "usermod -aG kvm");
});
