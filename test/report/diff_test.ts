import { assertEquals } from "@std/assert";
import type { AppendChange, TextChange } from "../../src/model/change.ts";
import { appendText, changeSummary, changeText, unifiedDiff } from "../../src/report/diff.ts";
import { testNeeding } from "../support/needs.ts";

const change = (before: string | null, after: string | null): TextChange => ({
  kind: "text",
  fix: "fstab",
  path: "/etc/fstab",
  before,
  after,
  why: "Why.",
});

Deno.test("unifiedDiff() shows what diff -u shows", () => {
  assertEquals(
    unifiedDiff(change("a\nb\nc\n", "a\nB\nc\n")),
    "--- a/etc/fstab\n+++ b/etc/fstab\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n",
  );
});

testNeeding({ programs: ["patch"] }, "unifiedDiff() makes a diff that patch applies", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const before = Array.from({ length: 60 }, (_, index) => `line ${index}`).join("\n");
    const after = before.replace("line 7\n", "").replace("line 40", "forty\nfour") + "\n";
    await Deno.writeTextFile(`${folder}/f`, before);
    await Deno.writeTextFile(`${folder}/d`, unifiedDiff(change(before, after)));
    const { success } = await new Deno.Command("patch", { args: [`${folder}/f`, `${folder}/d`] }).output();
    assertEquals([success, await Deno.readTextFile(`${folder}/f`)], [true, after]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("unifiedDiff() shows a new and a deleted file against /dev/null", () => {
  assertEquals(unifiedDiff(change(null, "a\n")), "--- /dev/null\n+++ b/etc/fstab\n@@ -0,0 +1,1 @@\n+a\n");
  assertEquals(unifiedDiff(change("a\n", null)).split("\n")[1], "+++ /dev/null");
});

Deno.test("changeSummary() counts lines, or says new, deleted or how much is appended", () => {
  assertEquals(changeSummary(change("a\n--x\n", "a\nb\n++c\n")), "+2 -1");
  assertEquals([changeSummary(change(null, "a\n")), changeSummary(change("a\n", null))], ["new", "deleted"]);
});

Deno.test("appendText() names twelve members and counts the rest", () => {
  const append: AppendChange = {
    kind: "append",
    fix: "initramfs",
    path: "/boot/initrd",
    lengthBefore: 1024,
    contentFile: "/w/x",
    contentBytes: 2048,
    contentSha256: "0",
    members: Array.from({ length: 14 }, (_, index) => `m${index}`),
    why: "Why.",
  };
  const lines = appendText(append).trimEnd().split("\n");
  assertEquals([lines.length, lines[1], lines.at(-1)], [
    15,
    "+++ b/boot/initrd (2 KiB added at the end)",
    "+… and 2 more",
  ]);
  assertEquals(changeSummary(append), "+2 KiB");
});

Deno.test("changeText() shows where a link pointed and where it will", () => {
  const link = { kind: "link", fix: "x", path: "/etc/x.service", why: "a test" } as const;
  assertEquals(
    changeText({ ...link, before: "/lib/x.service", after: "/dev/null" }),
    "--- a/etc/x.service\n+++ b/etc/x.service\n-link to /lib/x.service\n+link to /dev/null\n",
  );
  assertEquals(
    [
      changeSummary({ ...link, before: null, after: "/dev/null" }),
      changeSummary({ ...link, before: "/a", after: null }),
    ],
    ["link to /dev/null", "link deleted"],
  );
});

Deno.test("changeText() shows a copy with its source and size", () => {
  const copy = { kind: "copy", fix: "x", path: "/b", from: "/a", sizeBytes: 2048, why: "a test" } as const;
  assertEquals([changeText(copy), changeSummary(copy)], [
    "--- /dev/null\n+++ b/b\n+copy of /a (2 KiB)\n",
    "copy",
  ]);
});

Deno.test("changeText() shows which program writes a file and what that must hold", () => {
  const change = {
    ...{
      kind: "command",
      fix: "x",
      path: "/boot/i",
      lengthBefore: 5,
      release: "6.1",
      why: "a test",
    } as const,
    command: ["mkinitramfs", "-o", "/boot/i", "6.1"],
    drivers: [["virtio_pci"], ["ext4", "ext2"]],
  };
  assertEquals([changeText(change), changeSummary(change)], [
    "--- a/boot/i\n+++ b/boot/i\n+written by: mkinitramfs -o /boot/i 6.1\n+must hold: virtio_pci, ext4 or ext2\n",
    "rebuilt",
  ]);
});
