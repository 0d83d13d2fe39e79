import { assertEquals, assertThrows } from "@std/assert";
import { MigrateError } from "../../../src/model/error.ts";
import { beside, folderUrl, parseDatastorePath } from "../../../src/source/vsphere/datastore.ts";
import { localDescriptor } from "../../../src/source/vsphere/modes/datastore.ts";
import { pairDisks } from "../../../src/source/vsphere/lease.ts";
import { disk } from "./machines/sample_vm.ts";

Deno.test("parseDatastorePath() takes names with spaces and brackets", () => {
  assertEquals(parseDatastorePath("[my ds] a b/c [1].vmdk"), { datastore: "my ds", path: "a b/c [1].vmdk" });
  assertThrows(() => parseDatastorePath("/vmfs/volumes/x"), MigrateError, "no file of a datastore");
});

Deno.test("beside() stays in the folder", () => {
  assertEquals(beside({ datastore: "d", path: "a/b/c.vmdk" }, "c-flat.vmdk").path, "a/b/c-flat.vmdk");
  assertEquals(beside({ datastore: "d", path: "c.vmdk" }, "c-flat.vmdk").path, "c-flat.vmdk");
});

Deno.test("folderUrl() encodes every part", () => {
  const url = folderUrl({ datastore: "d&s", path: "a b/c#1.vmdk" }, "Folder/DC 0");
  assertEquals(url, "/folder/a%20b/c%231.vmdk?dcPath=Folder%2FDC%200&dsName=d%26s");
});

Deno.test("localDescriptor() renames extents only, and drops empty lines", () => {
  const text = 'CID=1\r\n\r\nRW 8 VMFS "web-flat.vmdk"\r\n\r\nddb.comment = "web-flat.vmdk"\r\n';
  assertEquals(
    localDescriptor(text, new Map([["web-flat.vmdk", "x-flat.vmdk"]])),
    'CID=1\nRW 8 VMFS "x-flat.vmdk"\nddb.comment = "web-flat.vmdk"\n',
  );
});

Deno.test("localDescriptor() names the local parent", () => {
  const text = 'parentFileNameHint="/vmfs/volumes/1/web.vmdk"\nRW 8 VMFSSPARSE "web-000001-delta.vmdk"\n';
  assertEquals(
    localDescriptor(text, new Map([["web-000001-delta.vmdk", "x-delta.vmdk"]]), "x-parent1.vmdk"),
    'parentFileNameHint="x-parent1.vmdk"\nRW 8 VMFSSPARSE "x-delta.vmdk"\n',
  );
});

Deno.test("pairDisks() goes by controller and unit", () => {
  const disks = [disk({ unit: 0 }), disk({ unit: 1 })];
  const leased = [1, 0].map((unit) => ({ url: `u${unit}`, key: `/vm-1/ParaVirtualSCSIController0:${unit}` }));
  assertEquals(pairDisks("web", disks, leased).map(([one, { url }]) => `${one.unit} ${url}`), [
    "0 u0",
    "1 u1",
  ]);
});

Deno.test("pairDisks() goes by order when the keys say nothing, and refuses another number", () => {
  const leased = [{ url: "a", key: "1" }, { url: "b", key: "2" }];
  assertEquals(pairDisks("web", [disk(), disk({ unit: 1 })], leased).map(([, { url }]) => url), ["a", "b"]);
  assertThrows(() => pairDisks("web", [disk()], leased), MigrateError, "exports 2");
});
