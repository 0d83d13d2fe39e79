import { assert, assertEquals } from "@std/assert";
import { isLocalUri, isUri, withAuthFile } from "../../src/libvirt/uri.ts";

Deno.test("isLocalUri() is yes only for a libvirt that sees our files", () => {
  for (const uri of ["qemu:///system", "qemu:///session", "qemu+unix:///system?socket=/s"]) {
    assert(isLocalUri(uri), uri);
  }
  for (const uri of ["qemu+ssh://h/system", "qemu+tls://h/system", "qemu://h/system", "qemu+ssh:///system"]) {
    assert(!isLocalUri(uri), uri);
  }
});

Deno.test("isUri() refuses what libvirt would not take for one", () => {
  assert(isUri("qemu+ssh://root@kvm1:22/system"));
  for (const text of ["system", "qemu", "kvm1.example.org", "qemu:/system"]) assert(!isUri(text), text);
});

Deno.test("withAuthFile() adds the file to the query", () => {
  assertEquals(withAuthFile("qemu://h/system", undefined), "qemu://h/system");
  assertEquals(withAuthFile("qemu://h/system", "/a b"), "qemu://h/system?authfile=%2Fa%20b");
  assertEquals(withAuthFile("qemu://h/system?x=1", "/a"), "qemu://h/system?x=1&authfile=%2Fa");
});
