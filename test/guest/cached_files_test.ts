import { assertEquals } from "@std/assert";
import { CachedFiles } from "../../src/guest/cached_files.ts";
import { MemoryFiles } from "../support/memory_files.ts";

Deno.test("CachedFiles.readText() asks once", async () => {
  const files = new MemoryFiles({ "/a": "text" });
  const cached = new CachedFiles(files);
  assertEquals([await cached.readText("/a"), await cached.readText("/a")], ["text", "text"]);
  assertEquals(files.calls, ["readText /a"]);
});

Deno.test("CachedFiles.readText() does not ask for what a listing showed to be absent", async () => {
  const files = new MemoryFiles({ "/etc/a/b": "" });
  const cached = new CachedFiles(files);
  await cached.list("/etc");
  assertEquals(await cached.readText("/etc/netplan/x.yaml"), null);
  assertEquals(await cached.list("/etc/netplan"), []);
  assertEquals(await cached.readText("/etc/a/b"), "");
  assertEquals(files.calls, ["list /etc", "readText /etc/a/b"]);
});

Deno.test("CachedFiles.over() puts one cache over files", () => {
  const cached = new CachedFiles(new MemoryFiles());
  assertEquals(CachedFiles.over(cached), cached);
});
