import { assertEquals, assertThrows } from "@std/assert";
import { RESIZE, resizeOf } from "../../src/disk/resize.ts";
import { MigrateError } from "../../src/model/error.ts";

const GIB = 1024 ** 3;
const DISKS = [{ virtualSizeBytes: 4 * GIB }, { virtualSizeBytes: 8 * GIB }];

for (
  const [option, disk, gib] of [["+10G", 0, 14], ["50G", 0, 50], ["2:+1T", 1, 1032], ["2:9GiB", 1, 9], [
    "+512mb",
    0,
    4.5,
  ]] as const
) {
  Deno.test(`resizeOf() reads ${option}`, () => {
    assertEquals(RESIZE.test(option), true);
    assertEquals(resizeOf(option, DISKS), { disk, sizeBytes: gib * GIB });
  });
}

for (const option of ["10", "G", "-1G", "+0G", "0:+1G", "+1.5G", "+10X"]) {
  Deno.test(`RESIZE does not take ${option}`, () => assertEquals(RESIZE.test(option), false));
}

for (
  const [option, reason] of [["2G", "disks only grow"], ["4G", "disks only grow"], [
    "3:+1G",
    "2 disks",
  ]] as const
) {
  Deno.test(`resizeOf() refuses ${option}`, () => {
    const error = assertThrows(() => resizeOf(option, DISKS), MigrateError, reason);
    assertEquals(error.code, "usage/bad-value");
  });
}
