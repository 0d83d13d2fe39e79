import { assertEquals, assertThrows } from "@std/assert";
import { jobSchema } from "../../src/config/schema.ts";
import { MigrateError } from "../../src/model/error.ts";
import type { SourceDisk } from "../../src/model/disk.ts";
import { copyTargets } from "../../src/orchestrator/outputs.ts";

const DISK: SourceDisk = {
  ...{ path: "copy/disk1.raw", image: "/srv/copy/disk1.raw", format: "raw", files: [] },
  ...{ virtualSizeBytes: 1024 ** 3, allocatedSizeBytes: 0 },
};
const job = jobSchema.parse({ linked: true });

Deno.test("copyTargets() puts linked disks on the raw files of the source", () => {
  const targets = copyTargets("/out", { name: "web", disks: [DISK] }, job);
  assertEquals(targets, [{ path: "/out/web.qcow2", format: "qcow2", backing: "/srv/copy/disk1.raw" }]);
});

Deno.test("copyTargets() refuses linked disks on anything else", () => {
  const others: Partial<SourceDisk>[] = [
    { format: "vmdk" },
    { image: 'json:{"driver":"raw"}' },
    { image: "nbd+unix:///?socket=a" },
  ];
  for (const other of others) {
    const make = () => copyTargets("/out", { name: "web", disks: [{ ...DISK, ...other }] }, job);
    assertThrows(make, MigrateError, "copy/disk1.raw: it is no raw file");
  }
});
