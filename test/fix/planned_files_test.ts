import { assertEquals, assertRejects } from "@std/assert";
import { PlannedFiles } from "../../src/fix/planned_files.ts";
import type { AppendChange, TextChange } from "../../src/model/change.ts";
import { MigrateError } from "../../src/model/error.ts";
import { MemoryFiles } from "../support/memory_files.ts";

const text = (path: string, before: string | null, after: string | null): TextChange => ({
  kind: "text",
  fix: "x",
  path,
  before,
  after,
  why: "a test",
});

Deno.test("PlannedFiles shows an edited file with its new length", async () => {
  const files = new PlannedFiles(new MemoryFiles({ "/a": "old" }));
  await files.add(text("/a", "old", "newer"));
  assertEquals([await files.readText("/a"), await files.sizeBytes("/a")], ["newer", 5]);
});

Deno.test("PlannedFiles shows a new file and its folders", async () => {
  const files = new PlannedFiles(new MemoryFiles({ "/etc/a": "" }));
  await files.add(text("/etc/systemd/network/x.link", null, "x"));
  assertEquals(await files.list("/etc"), ["a", "systemd"]);
  assertEquals(await files.list("/etc/systemd/network"), ["x.link"]);
  assertEquals(await files.exists("/etc/systemd/network"), true);
  assertEquals(await files.realPath("/etc/systemd/network/x.link"), "/etc/systemd/network/x.link");
});

Deno.test("PlannedFiles hides a deleted file", async () => {
  const files = new PlannedFiles(new MemoryFiles({ "/etc/a": "x", "/etc/b": "" }));
  await files.add(text("/etc/a", "x", null));
  assertEquals([
    await files.readText("/etc/a"),
    await files.exists("/etc/a"),
    await files.sizeBytes("/etc/a"),
  ], [
    null,
    false,
    null,
  ]);
  assertEquals(await files.list("/etc"), ["b"]);
  await assertRejects(() => files.download("/etc/a", "/nonexistent"), MigrateError, "a fix deletes it");
});

Deno.test("PlannedFiles.download() adds planned bytes", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/add`, "+more");
  const files = new PlannedFiles(new MemoryFiles({ "/boot/initrd": "image" }));
  const change: AppendChange = {
    kind: "append",
    fix: "x",
    path: "/boot/initrd",
    lengthBefore: 5,
    contentFile: `${folder}/add`,
    contentBytes: 5,
    contentSha256: "",
    members: [],
    why: "a test",
  };
  await files.add(change);
  await files.download("/boot/initrd", `${folder}/out`);
  assertEquals(await Deno.readTextFile(`${folder}/out`), "image+more");
  assertEquals(await files.sizeBytes("/boot/initrd"), 10);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("PlannedFiles.downloadTar() refuses a folder with planned changes", async () => {
  const files = new PlannedFiles(new MemoryFiles({ "/etc/a": "x" }));
  await files.add(text("/etc/a", "x", "y"));
  await assertRejects(
    () => files.downloadTar("/etc", "/nonexistent"),
    MigrateError,
    "a change of /etc/a is planned",
  );
});

Deno.test("PlannedFiles shows a planned link and what is behind it", async () => {
  const files = new PlannedFiles(new MemoryFiles({ "/etc/a": "x" }));
  await files.add({ kind: "link", fix: "x", path: "/etc/dir/b", before: null, after: "../a", why: "a test" });
  assertEquals(await files.readLink("/etc/dir/b"), "../a");
  assertEquals([await files.readText("/etc/dir/b"), await files.realPath("/etc/dir/b")], ["x", "/etc/a"]);
  assertEquals([await files.list("/etc"), await files.list("/etc/dir")], [["a", "dir"], ["b"]]);
});

Deno.test("PlannedFiles hides a removed link", async () => {
  const files = new PlannedFiles(new MemoryFiles({ "/a": "x", "/b": { link: "/a" } }));
  await files.add({ kind: "link", fix: "x", path: "/b", before: "/a", after: null, why: "a test" });
  assertEquals([await files.readText("/b"), await files.readLink("/b"), await files.list("/")], [
    null,
    null,
    ["a"],
  ]);
});

Deno.test("PlannedFiles refuses a link in the place of a file, and one that starts elsewhere", async () => {
  const files = new PlannedFiles(new MemoryFiles({ "/a": "x", "/b": { link: "/a" } }));
  const link = { kind: "link", fix: "x", after: "/dev/null", why: "a test" } as const;
  await assertRejects(() => files.add({ ...link, path: "/a", before: null }), Error, "is there already");
  await assertRejects(() => files.add({ ...link, path: "/b", before: "/c" }), Error, "another target");
});

Deno.test("PlannedFiles shows a planned copy with its length", async () => {
  const files = new PlannedFiles(new MemoryFiles({ "/efi/EFI/debian/grub.efi": "boot" }));
  const path = "/efi/EFI/BOOT/BOOTX64.EFI";
  const from = "/efi/EFI/debian/grub.efi";
  await files.add({ kind: "copy", fix: "x", path, from, sizeBytes: 4, why: "a test" });
  assertEquals([await files.exists(path), await files.sizeBytes(path)], [true, 4]);
  assertEquals(await files.list("/efi/EFI"), ["BOOT", "debian"]);
});
