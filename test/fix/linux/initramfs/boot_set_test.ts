import { assertEquals } from "@std/assert";
import { bootSets } from "../../../../src/fix/linux/initramfs/boot_set.ts";
import { bootEntry, linuxGuest } from "../../../support/boot_guest.ts";
import { MemoryFiles } from "../../../support/memory_files.ts";

const FILES = { "/boot/a": "A", "/boot/b": "B", "/boot/ucode": "U", "/initrd.img": { link: "boot/a" } };

Deno.test("bootSets() lists each combination of images once, links resolved, the default first", async () => {
  const guest = linuxGuest({
    bootEntries: [
      bootEntry({ title: "other", initrds: ["/boot/b"], isDefault: false }),
      bootEntry({ title: "link", initrds: ["/initrd.img"], isDefault: false }),
      bootEntry({ title: "default", initrds: ["/boot/a"], isDefault: true }),
      bootEntry({ title: "ucode", initrds: ["/boot/ucode", "/boot/a"], isDefault: false }),
    ],
  });
  const { sets, concerns } = await bootSets(guest, new MemoryFiles(FILES));
  assertEquals(sets.map(({ entry, paths, isDefault }) => [entry.title, paths, isDefault]), [
    ["default", ["/boot/a"], true],
    ["other", ["/boot/b"], false],
    ["ucode", ["/boot/ucode", "/boot/a"], false],
  ]);
  assertEquals(concerns, []);
});

Deno.test("bootSets() has a concern for an image that is not there, critical for the default entry", async () => {
  const guest = linuxGuest({
    bootEntries: [
      bootEntry({ initrds: ["/boot/none"], isDefault: true }),
      bootEntry({ initrds: ["/boot/gone"], isDefault: false }),
    ],
  });
  const { sets, concerns } = await bootSets(guest, new MemoryFiles(FILES));
  assertEquals(sets, []);
  assertEquals(concerns.map(({ id, severity }) => [id, severity]), [
    ["initramfs/missing-file", "critical"],
    ["initramfs/missing-file", "warning"],
  ]);
});

Deno.test("bootSets() takes every entry for the default when none is marked", async () => {
  const guest = linuxGuest({ bootEntries: [bootEntry({ initrds: ["/boot/a"], isDefault: false })] });
  assertEquals((await bootSets(guest, new MemoryFiles(FILES))).sets[0]?.isDefault, true);
});
