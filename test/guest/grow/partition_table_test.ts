import { assertEquals } from "@std/assert";
import {
  enlargedNumbers,
  lastPartition,
  parsePartitionTable,
} from "../../../src/guest/grow/partition_table.ts";

/** The output of sfdisk --json for partitions of [number, start, size, type]. */
function json(label: string, ...rows: readonly (readonly [number, number, number, string])[]): string {
  const partitions = rows.map(([number, start, size, type]) => ({
    node: `/dev/sda${number}`,
    start,
    size,
    type,
  }));
  return JSON.stringify({ partitiontable: { label, unit: "sectors", sectorsize: 512, partitions } });
}
const last = (text: string): unknown => {
  const table = parsePartitionTable(text, "/dev/sdc");
  const found = lastPartition(table);
  return found && [found.device, enlargedNumbers(table, found)];
};

Deno.test("lastPartition() goes by the place on the disk, not by the number", () => {
  assertEquals(last(json("gpt", [1, 2048, 100, "A"], [2, 9000, 100, "B"], [3, 4000, 100, "B"])), [
    "/dev/sdc2",
    [2],
  ]);
});

Deno.test("enlargedNumbers() takes the extended partition before the logical one in it", () => {
  const table = json("dos", [1, 2048, 1000, "83"], [2, 4094, 9000, "5"], [5, 4096, 8998, "8e"]);
  assertEquals(last(table), ["/dev/sdc5", [2, 5]]);
});

Deno.test("lastPartition() finds none in an empty table", () => {
  assertEquals(last(JSON.stringify({ partitiontable: { label: "gpt" } })), undefined);
});

Deno.test("parsePartitionTable() sees no extended partition in a GPT", () => {
  assertEquals(parsePartitionTable(json("gpt", [5, 1, 1, "5"]), "/dev/sda").partitions[0]?.isExtended, false);
});
