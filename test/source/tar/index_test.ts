import { assertEquals, assertRejects } from "@std/assert";
import { extract, pack } from "tar-stream";
import { MigrateError } from "../../../src/model/error.ts";
import { indexTar, isTarHeader, type TarMember } from "../../../src/source/tar/index.ts";
import { concat } from "../../support/archives.ts";
import { listTar, makeHugeTar, makeTar } from "../../support/tars.ts";
import { TempFolder } from "../../support/temp.ts";

async function index(path: string, maxMembers?: number): Promise<TarMember[]> {
  using file = await Deno.open(path, { read: true });
  return await indexTar(file, { path, ...(maxMembers === undefined ? {} : { maxMembers }) });
}

/** The whole tar that tar-stream makes. */
async function packed(packer: ReturnType<typeof pack>): Promise<Uint8Array> {
  packer.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of packer) chunks.push(chunk as Uint8Array);
  return concat(...chunks);
}

const LONG = "n".repeat(120);

async function sampleFolder(folder: TempFolder, names: readonly string[]): Promise<void> {
  for (const [at, name] of names.entries()) {
    await Deno.mkdir(folder.file(name.split("/").slice(0, -1).join("/")), { recursive: true });
    await Deno.writeTextFile(folder.file(name), `${name} `.repeat(at * 300));
  }
}

for (const format of ["v7", "ustar", "gnu", "oldgnu", "pax"]) {
  Deno.test(`indexTar() finds the members that tar tv lists (${format})`, async () => {
    await using folder = await TempFolder.create();
    const long = format === "v7" ? [] : ["d/" + "e".repeat(90) + "/" + "f".repeat(60)];
    const longer = ["gnu", "oldgnu", "pax"].includes(format) ? [LONG, `d/${LONG}/${LONG}`] : [];
    const names = ["vm.ovf", "d/übung.vmdk", ...long, ...longer, "last one"];
    await sampleFolder(folder, names);
    const tar = folder.file("all.tar");
    await makeTar(tar, folder.path, names, format);
    const members = await index(tar);
    assertEquals(members.map(({ name, sizeBytes }) => ({ name, sizeBytes })), await listTar(tar));
    const bytes = await Deno.readFile(tar);
    for (const { name, offset, sizeBytes } of members) {
      const contents = bytes.subarray(offset, offset + sizeBytes);
      assertEquals(contents, await Deno.readFile(folder.file(name)), name);
    }
  });
}

Deno.test("indexTar() agrees with tar-stream on what tar-stream packs", async () => {
  await using folder = await TempFolder.create();
  const packer = pack();
  packer.entry({ name: "a.ovf" }, "one");
  packer.entry({ name: "dir/", type: "directory" });
  packer.entry({ name: `dir/${LONG}/ü` }, "three");
  const bytes = await packed(packer);
  await Deno.writeFile(folder.file("s.tar"), bytes);
  const seen: unknown[] = [];
  const reader = extract();
  reader.end(bytes);
  for await (const entry of reader) {
    const { name, size, type } = entry.header;
    seen.push([name.replace(/\/$/, ""), size, type === "directory" ? "folder" : type]);
    entry.resume();
  }
  const members = await index(folder.file("s.tar"));
  assertEquals(members.map(({ name, sizeBytes, type }) => [name, sizeBytes, type]), seen);
});

for (const format of ["gnu", "pax"]) {
  Deno.test(`indexTar() reads past a member of over 8 GiB (${format})`, async () => {
    await using folder = await TempFolder.create();
    await Deno.writeTextFile(folder.file("after.txt"), "here");
    const sizeBytes = 9 * 1024 ** 3 + 7;
    await makeHugeTar(folder.file("h.tar"), { name: "huge", sizeBytes, format }, folder.path, ["after.txt"]);
    const [huge, after] = await index(folder.file("h.tar"));
    assertEquals([huge?.sizeBytes, after?.name], [sizeBytes, "after.txt"]);
    using file = await Deno.open(folder.file("h.tar"));
    await file.seek(after!.offset, Deno.SeekMode.Start);
    const bytes = new Uint8Array(4);
    await file.read(bytes);
    assertEquals(new TextDecoder().decode(bytes), "here");
  });
}

for (const format of ["gnu", "pax"]) {
  Deno.test(`indexTar() marks a sparse member (${format})`, async () => {
    await using folder = await TempFolder.create();
    await Deno.writeTextFile(folder.file("disk.raw"), "start");
    await Deno.truncate(folder.file("disk.raw"), 8 * 1024 ** 2);
    const args = ["-C", folder.path, `--format=${format}`, "-S", "-cf", folder.file("s.tar"), "disk.raw"];
    await new Deno.Command("tar", { args }).output();
    const [member] = await index(folder.file("s.tar"));
    assertEquals([member?.name, member?.type], ["disk.raw", "sparse"]);
  });
}

/** Packs one member with tar-stream, which takes any header. */
async function packOne(path: string, header: Parameters<ReturnType<typeof pack>["entry"]>[0]): Promise<void> {
  const packer = pack();
  packer.entry(header, header.type === undefined ? "x" : "");
  await Deno.writeFile(path, await packed(packer));
}

for (
  const [what, header] of [
    ["has an absolute name", { name: "/etc/passwd" }],
    ["leads out of the archive", { name: "a/../../b" }],
    ["is a symbolic link", { name: "l", type: "symlink", linkname: "/etc/passwd" }],
    ["is a hard link", { name: "l", type: "link", linkname: "x" }],
    ["is a device", { name: "d", type: "block-device" }],
    ["is a named pipe", { name: "p", type: "fifo" }],
  ] as const
) {
  Deno.test(`indexTar() refuses a member that ${what}`, async () => {
    await using folder = await TempFolder.create();
    await packOne(folder.file("bad.tar"), header);
    const error = await assertRejects(() => index(folder.file("bad.tar")), MigrateError, what);
    assertEquals(error.code, "source/unsupported");
  });
}

Deno.test("indexTar() refuses more members than allowed", async () => {
  await using folder = await TempFolder.create();
  await sampleFolder(folder, ["a", "b", "c"]);
  await makeTar(folder.file("t.tar"), folder.path, ["a", "b", "c"]);
  assertEquals((await index(folder.file("t.tar"), 3)).length, 3);
  await assertRejects(() => index(folder.file("t.tar"), 2), MigrateError, "over 2 members");
});

Deno.test("indexTar() says where a truncated archive stops", async () => {
  await using folder = await TempFolder.create();
  await sampleFolder(folder, ["a", "b"]);
  await makeTar(folder.file("t.tar"), folder.path, ["b"]);
  await Deno.truncate(folder.file("t.tar"), 600);
  const error = await assertRejects(() => index(folder.file("t.tar")), MigrateError, "b ends at byte 1112");
  assertEquals(error.code, "source/damaged");
});

Deno.test("indexTar() refuses a member whose header was changed", async () => {
  await using folder = await TempFolder.create();
  await sampleFolder(folder, ["a", "b"]);
  await makeTar(folder.file("t.tar"), folder.path, ["b"]);
  const bytes = await Deno.readFile(folder.file("t.tar"));
  bytes[3]! ^= 1;
  await Deno.writeFile(folder.file("t.tar"), bytes);
  await assertRejects(() => index(folder.file("t.tar")), MigrateError, "no member starts at byte 0");
});

Deno.test("isTarHeader() is false for zeros and for a boot sector", () => {
  const sector = new Uint8Array(512);
  assertEquals(isTarHeader(sector), false);
  sector[510] = 0x55;
  sector[511] = 0xaa;
  assertEquals(isTarHeader(sector), false);
});
