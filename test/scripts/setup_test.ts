import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { COMPONENTS, componentsOf } from "../../scripts/packages.ts";
import { packagesOf, parseDistribution, parseGroups } from "../../scripts/setup.ts";

function component(name: string): typeof COMPONENTS[number] {
  return COMPONENTS.find((one) => one.name === name)!;
}

Deno.test("parseDistribution() knows Debian", () => {
  assertEquals(parseDistribution('NAME="Debian GNU/Linux"\nID=debian\n'), { id: "debian", manager: "apt" });
});

Deno.test("parseDistribution() falls back on ID_LIKE", () => {
  assertEquals(parseDistribution('ID="rocky"\nID_LIKE="rhel centos fedora"\n'), {
    id: "rocky",
    manager: "dnf",
  });
});

Deno.test("parseDistribution() does not take VERSION_ID for ID", () => {
  assertEquals(parseDistribution('VERSION_ID="12"\nID=arch\n').id, "arch");
});

Deno.test("parseDistribution() leaves an unknown system without a manager", () => {
  assertEquals(parseDistribution("ID=plan9\n"), { id: "plan9", manager: null });
});

Deno.test("packagesOf() names a package once", () => {
  const grub = [component("GRUB for BIOS"), component("GRUB for UEFI")];
  assertEquals(packagesOf(grub, { id: "arch", manager: "pacman" }), ["grub"]);
});

Deno.test("packagesOf() takes Ubuntu's name where it has its own", () => {
  const kernel = [component("a kernel for the libguestfs appliance")];
  assertEquals(packagesOf(kernel, { id: "ubuntu", manager: "apt" }), ["linux-image-virtual"]);
});

Deno.test("packagesOf() leaves out what a distribution does not package", () => {
  assertEquals(packagesOf([component("mmdebstrap")], { id: "fedora", manager: "dnf" }), []);
});

Deno.test("parseGroups() means run without words", () => {
  assertEquals(parseGroups([]), ["run"]);
});

Deno.test("parseGroups() takes all", () => {
  assertEquals(parseGroups(["all"]), ["run", "sample", "test"]);
});

Deno.test("parseGroups() refuses an unknown group and names the known ones", () => {
  const error = assertThrows(() => parseGroups(["runn"]), MigrateError, "runn");
  assertEquals(error.exitStatus, 2);
  assertStringIncludes(error.hint!, "sample");
});

Deno.test("COMPONENTS has each name once", () => {
  const names = COMPONENTS.map(({ name }) => name);
  assertEquals(names.length, new Set(names).size);
});

Deno.test("componentsOf() keeps the run group to what a migration needs", () => {
  const packages = packagesOf(componentsOf(["run"]), { id: "debian", manager: "apt" });
  assert(packages.includes("libguestfs0"));
  assert(!packages.includes("mmdebstrap") && !packages.includes("libguestfs-dev"));
});
