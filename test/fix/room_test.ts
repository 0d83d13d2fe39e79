import { assertEquals } from "@std/assert";
import { roomNeeded } from "../../src/fix/room.ts";
import type { Change } from "../../src/model/change.ts";

const BLOCKS = 8192;
const MOUNTS = ["/", "/boot"].map((path) => ({ device: "/dev/x", path }));
const common = { fix: "x", why: "a test" };

Deno.test("roomNeeded() adds up by the filesystem that holds each file", () => {
  const append: Change = {
    ...common,
    kind: "append",
    path: "/boot/initrd.img",
    lengthBefore: 5,
    contentFile: "/x",
    contentBytes: 1000,
    contentSha256: "",
    members: [],
  };
  const copy: Change = { ...common, kind: "copy", path: "/boot/b", from: "/boot/a", sizeBytes: 50 };
  assertEquals([...roomNeeded([append, copy], MOUNTS, false)], [["/boot", 1050 + 2 * BLOCKS]]);
});

Deno.test("roomNeeded() counts the copy of the original, and nothing for a file that shrinks", () => {
  const edit: Change = { ...common, kind: "text", path: "/bootstrap/x", before: "12345", after: "123" };
  assertEquals([...roomNeeded([edit], MOUNTS, false)], [["/", 0]]);
  assertEquals([...roomNeeded([edit], MOUNTS, true)], [["/", 5 + BLOCKS]]);
});
