import { assertEquals, assertThrows } from "@std/assert";
import {
  type CpioMember,
  CpioReader,
  isDirectory,
  isLink,
} from "../../../../src/fix/linux/initramfs/cpio_reader.ts";
import { MigrateError } from "../../../../src/model/error.ts";
import { concat, makeCpio, noise, pipe } from "../../../support/archives.ts";
import { testNeeding } from "../../../support/needs.ts";

const TREE = {
  "conf/modules": "ext4\n",
  "lib": { link: "usr/lib" },
  "usr/lib/a-rather-long-name-of-a-file-that-needs-padding": noise(70_001),
  "run": null,
};

function read(bytes: Uint8Array, chunkBytes = 4096): CpioMember[] {
  const members: CpioMember[] = [];
  const reader = new CpioReader((name) => name === "conf/modules", (member) => members.push(member));
  for (let offset = 0; offset < bytes.length; offset += chunkBytes) {
    const chunk = bytes.subarray(offset, offset + chunkBytes);
    if (reader.push(chunk) < chunk.length) break;
  }
  reader.end();
  return members;
}

for (const format of ["newc", "crc"]) {
  testNeeding({ programs: ["cpio"] }, `CpioReader lists what cpio -t lists (${format})`, async () => {
    const archive = await makeCpio(TREE, format);
    const listed = new TextDecoder().decode(await pipe(["cpio", "-t", "--quiet"], archive));
    assertEquals(read(archive).map(({ name }) => name), listed.trim().split("\n"));
  });
}

testNeeding({ programs: ["cpio"] }, "CpioReader gives the same members for pieces of any size", async () => {
  const archive = await makeCpio(TREE);
  for (const chunkBytes of [1, 7, 110, archive.length]) {
    assertEquals(read(archive, chunkBytes), read(archive));
  }
});

testNeeding(
  { programs: ["cpio"] },
  "CpioReader keeps asked contents and link targets, nothing else",
  async () => {
    const members = new Map(read(await makeCpio(TREE)).map((member) => [member.name, member]));
    const text = (name: string): string => new TextDecoder().decode(members.get(name)?.content);
    assertEquals(text("conf/modules"), "ext4\n");
    assertEquals(text("lib"), "usr/lib");
    const long = members.get("usr/lib/a-rather-long-name-of-a-file-that-needs-padding")!;
    assertEquals([long.content, long.sizeBytes], [undefined, 70_001]);
  },
);

testNeeding({ programs: ["cpio"] }, "CpioReader tells directories, links and files apart", async () => {
  const members = new Map(read(await makeCpio(TREE)).map((member) => [member.name, member]));
  const kinds = ["run", "lib", "conf/modules"].map((name) => members.get(name)!);
  assertEquals(kinds.map(isDirectory), [true, false, false]);
  assertEquals(kinds.map(isLink), [false, true, false]);
});

testNeeding({ programs: ["cpio"] }, "CpioReader reads on behind a trailer and zeros", async () => {
  const archives = concat(await makeCpio({ a: "1" }), 512, await makeCpio({ b: "2" }));
  assertEquals(read(archives).map(({ name }) => name), ["a", "b"]);
});

testNeeding({ programs: ["cpio"] }, "CpioReader.push() stops at what is no archive", async () => {
  const archive = await makeCpio({ a: "1" });
  const reader = new CpioReader(() => false, () => {});
  assertEquals(reader.push(concat(archive, new Uint8Array([0x1f, 0x8b]))), archive.length);
});

testNeeding({ programs: ["cpio"] }, "CpioReader.end() rejects an archive that is cut off", async () => {
  const archive = await makeCpio(TREE);
  assertThrows(() => read(archive.subarray(0, 70_000)), MigrateError, "cut off");
});

testNeeding(
  { programs: ["cpio"] },
  "CpioReader rejects the old portable format, as the kernel does",
  async () => {
    const archive = await makeCpio({ a: "1" }, "odc");
    assertThrows(() => read(archive), MigrateError, "no newc header");
  },
);
