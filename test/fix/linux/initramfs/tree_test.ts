import { assertEquals } from "@std/assert";
import {
  moduleDirectory,
  releasesInTree,
  resolveInTree,
  textInTree,
} from "../../../../src/fix/linux/initramfs/tree.ts";
import { treeOf } from "../../../support/trees.ts";

Deno.test("resolveInTree() follows relative, absolute and chained links", () => {
  const tree = treeOf({ "lib": "-> usr/lib", "usr/lib": "-> ../opt/./lib", "bin": "-> /usr/bin" });
  assertEquals(resolveInTree(tree, "lib/modules/6.1"), "opt/lib/modules/6.1");
  assertEquals(resolveInTree(tree, "bin/sh"), "usr/bin/sh");
  assertEquals(resolveInTree(treeOf({ "a/b": "-> /usr", "a/c": "-> d" }), "a/b/x"), "usr/x");
});

Deno.test("resolveInTree() ends on a loop", () => {
  assertEquals(resolveInTree(treeOf({ a: "-> b", b: "-> a" }), "a").length > 0, true);
});

Deno.test("textInTree() reads through a link", () => {
  assertEquals(textInTree(treeOf({ "etc": "-> usr/etc", "usr/etc/x": "1" }), "etc/x"), "1");
});

Deno.test("moduleDirectory() is where the modules are", () => {
  assertEquals(moduleDirectory(treeOf({ "usr/lib/modules/6/a.ko": "" }), "6"), "usr/lib/modules/6");
  assertEquals(moduleDirectory(treeOf({ "lib/modules/6/a.ko": "" }), "6"), "lib/modules/6");
});

Deno.test("moduleDirectory() follows the link of /lib when there are no modules yet", () => {
  assertEquals(moduleDirectory(treeOf({ "lib": "-> usr/lib" }), "6"), "usr/lib/modules/6");
});

Deno.test("releasesInTree() names each release once", () => {
  const tree = treeOf({ "lib": "-> usr/lib", "usr/lib/modules/6/a.ko": "", "usr/lib/modules/5/b.ko": "" });
  assertEquals(releasesInTree(tree), ["6", "5"]);
});
