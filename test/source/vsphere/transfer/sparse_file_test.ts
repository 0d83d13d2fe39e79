import { assertEquals } from "@std/assert";
import { SparseFile } from "../../../../src/source/vsphere/transfer/sparse_file.ts";
import { TempFolder } from "../../../support/temp.ts";

const ABOUT = { sizeBytes: 10, version: "v1" };

async function writeSome(path: string): Promise<void> {
  await using file = await SparseFile.open(path, ABOUT);
  await Promise.all([file.write(6, new Uint8Array([7, 8])), file.write(0, new Uint8Array([1, 0, 3]))]);
}

Deno.test("SparseFile goes on with what an earlier run has written", async () => {
  await using folder = await TempFolder.create();
  const path = folder.file("disk");
  await writeSome(path);
  {
    await using file = await SparseFile.open(path, ABOUT);
    assertEquals(file.ranges, [[0, 3], [6, 8]]);
    await file.write(3, new Uint8Array(3));
    await file.write(8, new Uint8Array([9, 10]));
    await file.finish();
  }
  assertEquals([...await Deno.readFile(path)], [1, 0, 3, 0, 0, 0, 7, 8, 9, 10]);
  assertEquals(await folder.names(), ["disk", "disk.ranges"]);
  await SparseFile.forget(path);
  assertEquals(await folder.names(), ["disk"]);
});

Deno.test("SparseFile begins anew for another version of the file", async () => {
  await using folder = await TempFolder.create();
  const path = folder.file("disk");
  await writeSome(path);
  {
    await using file = await SparseFile.open(path, { ...ABOUT, version: "v2" });
    assertEquals(file.ranges, []);
  }
  assertEquals([...await Deno.readFile(`${path}.partial`)], Array(10).fill(0));
});

Deno.test("SparseFile begins anew without the file or with a damaged note", async () => {
  await using folder = await TempFolder.create();
  const path = folder.file("disk");
  await writeSome(path);
  await Deno.remove(`${path}.partial`);
  {
    await using file = await SparseFile.open(path, ABOUT);
    assertEquals(file.ranges, []);
  }
  await writeSome(path);
  await Deno.writeTextFile(`${path}.ranges`, "{");
  await using file = await SparseFile.open(path, ABOUT);
  assertEquals(file.ranges, []);
});

Deno.test("SparseFile notes what is there after 32 MiB, and not only when a second has passed", async () => {
  await using folder = await TempFolder.create();
  const path = folder.file("disk"), sizeBytes = 33 * 1024 ** 2;
  await using file = await SparseFile.open(path, { sizeBytes, version: "v1" });
  await file.write(0, new Uint8Array(32 * 1024 ** 2).fill(1));
  while (!(await folder.names()).includes("disk.ranges")) await new Promise((done) => setTimeout(done, 5));
  const note = JSON.parse(await Deno.readTextFile(`${path}.ranges`));
  assertEquals(note.ranges, [[0, 32 * 1024 ** 2]]);
});
