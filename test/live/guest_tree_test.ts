import { assertEquals } from "@std/assert";
import { GuestTree, type TreeEntry } from "../../src/live/guest_tree.ts";

const folder: TreeEntry = { kind: "d", sizeBytes: 0, link: "" };
const file = (sizeBytes: number): TreeEntry => ({ kind: "f", sizeBytes, link: "" });
const link = (to: string): TreeEntry => ({ kind: "l", sizeBytes: 0, link: to });

function tree(): GuestTree {
  const made = new GuestTree();
  const entries: Record<string, TreeEntry> = {
    "/lib": link("usr/lib"),
    "/usr": folder,
    "/usr/lib": folder,
    "/usr/lib/os-release": file(7),
    "/etc": folder,
    "/etc/os-release": link("../usr/lib/os-release"),
    "/etc/loop": link("loop"),
    "/etc/far": link("/var/far/file"),
    "/var": folder,
  };
  for (const [path, entry] of Object.entries(entries)) made.add(path, entry);
  for (const path of ["/", "/usr", "/usr/lib", "/etc"]) made.complete(path);
  return made;
}

Deno.test("GuestTree.resolve() follows links of folders and files", () => {
  for (const path of ["/etc/os-release", "/lib/os-release", "/etc/../lib/./os-release"]) {
    assertEquals(tree().resolve(path), { state: "found", path: "/usr/lib/os-release", entry: file(7) });
  }
  const last = tree().resolve("/etc/os-release", false);
  assertEquals(last.state === "found" && last.entry.link, "../usr/lib/os-release");
});

Deno.test("GuestTree.resolve() knows what is absent, and what it cannot know", () => {
  for (const path of ["/none", "/etc/none", "/etc/os-release/x", "/etc/loop", "/lib/none/x"]) {
    assertEquals(tree().resolve(path), { state: "absent" }, path);
  }
  for (const path of ["/var/lib/x", "/etc/far"]) {
    assertEquals(tree().resolve(path), { state: "unknown", folder: "/var" }, path);
  }
});

Deno.test("GuestTree.names() lists a folder that was looked into", () => {
  assertEquals(tree().names("/"), ["etc", "lib", "usr", "var"]);
  assertEquals([tree().names("/usr/lib"), tree().names("/var")], [["os-release"], undefined]);
});
