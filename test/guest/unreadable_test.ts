import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { besideRoot, refuseUnreadable } from "../../src/guest/unreadable.ts";
import type { Storage } from "../../src/guest/filesystems.ts";
import { MigrateError } from "../../src/model/error.ts";

const NOTHING: Storage = { filesystems: [{ device: "/dev/sda1", type: "ext4" }], locked: [], incomplete: [] };
const NO_ROOTS = { scores: [], unmountable: [] };
const ROOT = { device: "/dev/sda1", rivals: [] };

function refusal(
  storage: Partial<typeof NOTHING & { locked: string[]; incomplete: string[] }>,
): MigrateError {
  return assertThrows(() => refuseUnreadable({ ...NOTHING, ...storage }, NO_ROOTS, {}), MigrateError);
}

Deno.test("refuseUnreadable() names a locked device and the option", () => {
  const error = refusal({ locked: ["/dev/sda2"] });
  assertEquals(error.message, "Cannot open /dev/sda2: it is encrypted (LUKS) and no key is given.");
  assertStringIncludes(error.hint ?? "", "--luks-key /dev/sda2=file:PATH");
});

Deno.test("refuseUnreadable() asks for the other disks of a volume", () => {
  assertStringIncludes(refusal({ incomplete: ["/dev/vg0/root"] }).hint ?? "", "all disks of the machine");
});

Deno.test("refuseUnreadable() lets disks without a system pass, unless a root is named", () => {
  refuseUnreadable(NOTHING, NO_ROOTS, {});
  const error = assertThrows(() => refuseUnreadable(NOTHING, NO_ROOTS, { root: "/dev/sdz" }), MigrateError);
  assertEquals(error.hint, "Filesystems: /dev/sda1 (ext4).");
});

Deno.test("besideRoot() warns of what was not read and of rivals", () => {
  const search = { scores: [], unmountable: [{ device: "/dev/sdb1", reason: "bad superblock" }] };
  const concerns = besideRoot({ ...ROOT, rivals: ["/dev/sdc1"] }, NOTHING, search, {});
  assertEquals(concerns.map(({ id, severity }) => [id, severity]), [
    ["guest/unmountable", "warning"],
    ["guest/several-roots", "warning"],
  ]);
  assertEquals(besideRoot(ROOT, NOTHING, NO_ROOTS, {}), []);
});
