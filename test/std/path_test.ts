import { assertEquals } from "@std/assert";
import { posix } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as path from "@std/path";

const PATHS = [
  ...["", "/", "//", ".", "./", "..", "../", "a", "a/", "a//", "/a", "/a/", "//a", "a/b", "a//b/", "/a/b.c"],
  ...[
    "a/..",
    "a/../..",
    "a/../../b/",
    "/..",
    "/../a",
    "./a/./b",
    "a/b/../c/",
    ".a",
    "a.",
    "a.b.c",
    "/x/.y/z.",
  ],
  ...["..a", "...", "a/..b", "/a b/ü.vmdk", "C:\\vm\\s1.vmdk", "a\n/b\n", "/a///b///", "///"],
];

Deno.test("dirname() is that of POSIX", () => {
  // Node counts doubled slashes one by one, which no system does.
  for (const one of PATHS.filter((path) => !path.includes("//"))) {
    assertEquals(path.dirname(one), posix.dirname(one), JSON.stringify(one));
  }
  assertEquals(["//a", "a//b/", "/a///b///"].map(path.dirname), ["/", "a", "/a"]);
});

for (const name of ["normalize", "basename", "extname", "isAbsolute", "resolve"] as const) {
  Deno.test(`${name}() is that of POSIX`, () => {
    for (const one of PATHS) assertEquals(path[name](one), posix[name](one), JSON.stringify(one));
  });
}

for (const name of ["join", "resolve", "relative"] as const) {
  Deno.test(`${name}() of two paths is that of POSIX`, () => {
    for (const one of PATHS) {
      for (const other of PATHS) {
        assertEquals(path[name](one, other), posix[name](one, other), JSON.stringify([one, other]));
      }
    }
  });
}

Deno.test("basename() takes a suffix off as POSIX does", () => {
  for (const suffix of [".c", "b.c", "c"]) {
    for (const one of PATHS.filter((path) => !path.endsWith("/"))) {
      assertEquals(path.basename(one, suffix), posix.basename(one, suffix), one + suffix);
    }
  }
});

Deno.test("toFileUrl() and fromFileUrl() are those of Node", () => {
  for (const one of ["/", "/a b/ü?#%25.ts", "/a\\b/c\nd", "/%zz"]) {
    assertEquals(path.toFileUrl(one).href, pathToFileURL(one).href);
    assertEquals(path.fromFileUrl(path.toFileUrl(one)), fileURLToPath(pathToFileURL(one)));
    assertEquals(path.fromFileUrl(path.toFileUrl(one).href), one);
  }
});
