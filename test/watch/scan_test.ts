import { assertEquals } from "@std/assert";
import { type Candidate, scan } from "../../src/watch/scan.ts";
import { ovfText } from "../support/ovf.ts";
import { TempFolder } from "../support/temp.ts";

/** Scans a folder with these files. */
async function scanOf(files: Readonly<Record<string, string>>, skip: string[] = []): Promise<Candidate[]> {
  await using folder = await TempFolder.create();
  for (const [name, text] of Object.entries(files)) {
    if (name.includes("/")) await Deno.mkdir(folder.file(name.split("/")[0]!), { recursive: true });
    await Deno.writeTextFile(folder.file(name), text);
  }
  return await scan(folder.path, new Set(skip.map((name) => folder.file(name))));
}

const paths = (candidates: readonly Candidate[]): string[][] =>
  candidates.map((one) => one.files.map((file) => file.path).toSorted());

const VMX = '.encoding = "UTF-8"\nscsi0:0.fileName = "web.vmdk"\n';
const DESCRIPTOR = '# Disk DescriptorFile\nRW 8 VMFS "web-flat.vmdk"\n';

Deno.test("scan() finds disks and archives by name, and leaves unfinished and unknown names alone", async () => {
  const found = await scanOf({
    ...{ "a.qcow2": "", "b.tar.gz": "", ".c.raw": "", "d.raw.part": "", "notes.txt": "" },
    ...{ "done/e.raw": "", "failed/f.raw": "", "out/g.raw": "" },
  }, ["out"]);
  assertEquals(found.map((one) => [one.path, one.name, one.kind]), [
    ["a.qcow2", "a", "source"],
    ["b.tar.gz", "b", "source"],
  ]);
});

Deno.test("scan() takes a machine with everything that it names as one", async () => {
  const found = await scanOf({
    "web.vmx": VMX,
    "web.vmdk": DESCRIPTOR,
    "web-flat.vmdk": "x",
    "other.raw": "",
  });
  assertEquals(paths(found), [["other.raw"], ["web-flat.vmdk", "web.vmdk", "web.vmx"]]);
});

Deno.test("scan() names the files that a machine waits for", async () => {
  const [only] = await scanOf({ "web.vmx": VMX, "web.vmdk": DESCRIPTOR });
  assertEquals(only?.missing, ["web-flat.vmdk"]);
});

Deno.test("scan() takes an exported machine in a folder by the folder's name", async () => {
  const [only] = await scanOf({ "db/source.json": '{"disks":[{"file":"d1.vmdk"}]}', "db/d1.vmdk": "x" });
  assertEquals([only?.path, only?.name, only?.missing], ["db/source.json", "db", []]);
});

Deno.test("scan() takes an exported machine and the OVF around its disks as one", async () => {
  const ovf = ovfText({ disks: [{ file: "d1.vmdk", capacityMiB: 8 }] });
  const exported = { "db/source.json": '{"disks":[{"file":"d1.vmdk"}]}', "db/d1.vmdk": "x" };
  const found = await scanOf({ ...exported, "db/db.ovf": ovf, "db/db.mf": "" });
  assertEquals(paths(found), [["db/d1.vmdk", "db/db.mf", "db/db.ovf", "db/source.json"]]);
  assertEquals(found[0]!.path, "db/source.json");
  // One of other disks is another machine.
  const other = await scanOf({
    ...exported,
    "db/o.ovf": ovf.replaceAll("d1.vmdk", "o.vmdk"),
    "db/o.vmdk": "",
  });
  assertEquals(other.map(({ path }) => path), ["db/o.ovf", "db/source.json"]);
});

Deno.test("scan() puts options to the source of their name", async () => {
  const found = await scanOf({
    "a.raw": "",
    "a.yaml": "force: true\n",
    "b.raw": "",
    "b.raw.yaml": "force: true\n",
  });
  assertEquals(paths(found), [["a.raw", "a.yaml"], ["b.raw", "b.raw.yaml"]]);
});

Deno.test("scan() lets options without a source wait", async () => {
  assertEquals(await scanOf({ "a.yaml": "force: true\n" }), []);
});

Deno.test("scan() takes a job file with the sources that it names", async () => {
  const [only, ...others] = await scanOf({ "job.yaml": "source: [a.raw, b.raw]\n", "a.raw": "" });
  assertEquals([only?.kind, only?.path, only?.missing, others], ["job", "job.yaml", ["b.raw"], []]);
});

Deno.test("scan() takes a file that does not parse beside a source as its unfinished options", async () => {
  const found = await scanOf({ "a.raw": "", "a.yaml": "force: [tr" });
  assertEquals([paths(found), found[0]?.isReadable], [[["a.raw", "a.yaml"]], false]);
});
