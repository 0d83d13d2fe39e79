import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { MigrateError } from "../../../src/model/error.ts";
import { type Candidate, chooseDisk, type Role, wantedMembers } from "../../../src/source/archive/choose.ts";
import type { Member } from "../../../src/source/archive/member.ts";

function member(name: string, sizeBytes = 1): Member {
  return { name, sizeBytes, read: () => ReadableStream.from([new Uint8Array()]) };
}

function candidate(name: string, sizeBytes: number, role: Role): Candidate {
  return { member: member(name, sizeBytes), kind: "raw", role };
}

Deno.test("chooseDisk() takes a bootable disk before a larger one that is not, and says why", () => {
  const choice = chooseDisk([candidate("data", 9, "other"), candidate("root", 5, "bootable")]);
  assertEquals(choice?.candidate.member.name, "root");
  assertEquals(choice?.concern?.message, "root was taken (the largest that can boot), not data.");
});

Deno.test("chooseDisk() takes the largest of the bootable ones", () => {
  const choice = chooseDisk([candidate("a", 5, "bootable"), candidate("b", 9, "bootable")]);
  assertEquals(choice?.candidate.member.name, "b");
});

Deno.test("chooseDisk() takes what names its disks before the disks, and has nothing to explain", () => {
  const choice = chooseDisk([candidate("d-flat.vmdk", 9, "bootable"), candidate("d.vmdk", 1, "descriptor")]);
  assertEquals([choice?.candidate.member.name, choice?.concern], ["d.vmdk", undefined]);
});

Deno.test("chooseDisk() looks into an archive only where there is no disk", () => {
  const choice = chooseDisk([candidate("a.tar", 9, "archive"), candidate("root", 5, "bootable")]);
  assertEquals([choice?.candidate.member.name, choice?.concern], ["root", undefined]);
  assertEquals(chooseDisk([]), null);
});

Deno.test("wantedMembers() takes a full name, or a file name that only one has", () => {
  const members = [member("a/x"), member("b/x"), member("b/y")];
  assertEquals(wantedMembers(members, "b/x", "t").map(({ name }) => name), ["b/x"]);
  assertEquals(wantedMembers(members, "y", "t").map(({ name }) => name), ["b/y"]);
  assertEquals(wantedMembers(members, undefined, "t").length, 3);
  const error = assertThrows(() => wantedMembers(members, "x", "t"), MigrateError);
  assertMatch(error.message, /2 members have this name/);
});
