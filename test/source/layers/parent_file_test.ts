import { assertEquals } from "@std/assert";
import { fileNames } from "../../../src/source/layers/parent_file.ts";

Deno.test("fileNames() takes the last part of paths of Windows", () => {
  assertEquals(fileNames(["..\\x\\base.vhd\0\0", "C:\\vm\\base.vhd", "", "..", "/a/b.vhd"]), [
    "base.vhd",
    "b.vhd",
  ]);
});
