import { assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { type Header, pack } from "tar-stream";
import { MigrateError } from "../../../src/model/error.ts";
import { runCommand } from "../../../src/run/command.ts";
import { UnpackGuard } from "../../../src/source/archive/limits.ts";
import { concat } from "../../support/archives.ts";
import { makeHiddenSnapshot, makeRedirection } from "../../support/hostile_vmdk.ts";
import { convertImage, makeRawDisk, sameContents } from "../../support/images.ts";
import { discoverIn, failureOf, filesBelow, imageOf } from "../../support/sources.ts";
import { testNeeding } from "../../support/needs.ts";
import { TempFolder } from "../../support/temp.ts";

const MIB = 1024 * 1024;
const PACKERS = { programs: ["qemu-img", "tar", "gzip", "xz", "zstd", "zip"] };

const DISK = concat(510, new Uint8Array([0x55, 0xaa]), 512);

/** Tars that want to write elsewhere, or hold no plain files. */
const TARS: Readonly<Record<string, Partial<Header> & { readonly name: string }>> = {
  "..": { name: "../../evil" },
  "an absolute name": { name: "/tmp/evil" },
  "a symbolic link": { name: "l", type: "symlink", linkname: "/etc" },
  "a hard link": { name: "l", type: "link", linkname: "x" },
  "a device": { name: "d", type: "block-device" },
};

for (const [what, header] of Object.entries(TARS)) {
  Deno.test(`DiskDiscovery.discover() refuses a tar with ${what}`, async () => {
    await using folder = await TempFolder.create();
    const tar = pack();
    tar.entry(header, header.type === undefined ? Buffer.from(DISK) : "");
    tar.finalize();
    await Deno.writeFile(folder.file("a"), new Uint8Array(await buffer(tar)));
    await expectRefusal(folder);
  });
}

/** The same for zips: a name, and the Unix mode of the member. */
const ZIPS: Readonly<Record<string, readonly [string, number]>> = {
  "..": ["../../evil", 0o100644],
  "backslashes and ..": ["..\\..\\evil", 0o100644],
  "an absolute name": ["/tmp//evil", 0o100644],
  "a drive letter": ["C:\\tmp\\evi", 0o100644],
  "a zero byte in a name": ["tmp/\0/evil", 0o100644],
  "a symbolic link": ["links/evil", 0o120777],
  "a device": ["links/evil", 0o060600],
};

for (const [what, [name, mode]] of Object.entries(ZIPS)) {
  testNeeding(PACKERS, `DiskDiscovery.discover() refuses a zip with ${what}`, async () => {
    await using folder = await TempFolder.create();
    await Deno.mkdir(folder.file("aa"));
    await Deno.writeFile(folder.file("aa/aa.aaaa"), DISK);
    await runCommand("zip", ["-q", "-X", "a.zip", "aa/aa.aaaa"], { cwd: folder.path });
    const zip = await Deno.readFile(folder.file("a.zip"));
    replaceName(zip, "aa/aa.aaaa", name);
    new DataView(zip.buffer).setUint16(lastIndexOf(zip, "PK\x01\x02") + 40, mode, true);
    await Deno.remove(folder.file("aa"), { recursive: true });
    await Deno.remove(folder.file("a.zip"));
    await Deno.writeFile(folder.file("a"), zip);
    await expectRefusal(folder);
  });
}

async function expectRefusal(folder: TempFolder): Promise<void> {
  const error = await failureOf(discoverIn(folder, [folder.file("a")]));
  assertEquals(error.code, "source/unsupported", error.message);
  assertEquals(await folder.names(), ["a"]);
}

/** Gives the member another name of the same length, in both of its headers. */
function replaceName(zip: Uint8Array, from: string, to: string): void {
  assertEquals(to.length, from.length);
  for (let at; (at = lastIndexOf(zip, from)) >= 0;) zip.set(new TextEncoder().encode(to), at);
}

function lastIndexOf(bytes: Uint8Array, text: string): number {
  return new TextDecoder("latin1").decode(bytes).lastIndexOf(text);
}

testNeeding(
  PACKERS,
  "DiskDiscovery.discover() never lets a disk in a tar choose files beside it",
  async () => {
    await using folder = await TempFolder.create();
    await makeRawDisk(folder.file("secret.raw"), 4 * MIB);
    await convertImage(folder.file("secret.raw"), folder.file("secret.vmdk"), "vmdk");
    await makeHiddenSnapshot(folder.file("c.vmdk"), "secret.vmdk", "comment");
    await makeHiddenSnapshot(folder.file("d.vmdk"), "secret.vmdk", "name alone");
    await makeRedirection(folder.file("e.vmdk"), "secret.raw", 4 * MIB);
    await runCommand("sh", ["-ec", "for i in c d e; do tar -cf $i.tar $i.vmdk; rm $i.vmdk; done"], {
      cwd: folder.path,
    });
    const { source } = await discoverIn(folder, [folder.file("d.tar")]);
    await runCommand("qemu-img", ["create", "-q", "-f", "raw", folder.file("zeros"), "4M"]);
    assertEquals(await sameContents(folder.file("zeros"), imageOf(source.disks[0])), true);
    for (
      const [name, said] of [["c.tar", /is a snapshot of secret\.vmdk/], ["e.tar", /no capacity/]] as const
    ) {
      const error = await failureOf(discoverIn(folder, [folder.file(name)]));
      assertEquals(error.code, "source/unsupported");
      assertMatch(error.message, said);
    }
  },
);

testNeeding(PACKERS, "DiskDiscovery.discover() bounds members, unpacked bytes and nesting", async () => {
  await using folder = await TempFolder.create();
  await makeRawDisk(folder.file("disk"), 4 * MIB);
  const line = `touch 1 2 3; tar -cf many.tar 1 2 3; zip -q many.zip 1 2 3; gzip -k disk; cp disk n
    for i in 1 2 3 4 5 6 7; do gzip -c n > m; mv m n; done`;
  await runCommand("sh", ["-ec", line], { cwd: folder.path });
  for (const name of ["many.tar", "many.zip"]) {
    const error = await failureOf(discoverIn(folder, [folder.file(name)], { max_members: 2 }));
    assertEquals([error.code, /over 2/.test(error.message)], ["source/unsupported", true], error.message);
  }
  const error = await failureOf(
    discoverIn(folder, [folder.file("disk.gz")], { max_total_bytes: 4 * MIB - 1 }),
  );
  assertMatch(`${error.code} ${error.message} ${error.hint}`, /^source\/unsupported .* --max-total-bytes/);
  await discoverIn(folder, [folder.file("disk.gz")], { max_total_bytes: 4 * MIB });
  assertMatch((await failureOf(discoverIn(folder, [folder.file("n")]))).message, /deep/);
});

Deno.test("DiskDiscovery.discover() stops a bomb by its compression ratio", async () => {
  await using folder = await TempFolder.create();
  const bomb = gzipSync(new Uint8Array(MIB).fill(0x41), { level: 9 });
  using file = await Deno.open(folder.file("bomb.gz"), { write: true, create: true });
  for (let index = 0; index < 4096; index++) await file.write(bomb);
  const error = await failureOf(discoverIn(folder, [folder.file("bomb.gz")]));
  assertMatch(`${error.code} ${error.message}`, /^source\/unsupported .* times as many/);
});

Deno.test("UnpackGuard.written() lets through what was read", async () => {
  const guard = new UnpackGuard("a", { maxMembers: 1, maxTotalBytes: 1 });
  for await (const _chunk of guard.counted(ReadableStream.from([new Uint8Array(MIB)]))) {
    guard.written(200 * MIB);
  }
  try {
    guard.written(MIB);
  } catch (error) {
    if (error instanceof MigrateError) return;
  }
  throw new Error("written() let too much through");
});

testNeeding(
  PACKERS,
  "DiskDiscovery.discover() refuses what is cut off in the middle, or has a wrong CRC-32",
  async () => {
    await using folder = await TempFolder.create();
    await makeRawDisk(folder.file("disk"), MIB);
    const line =
      "tar -cf a.tar disk; zip -q a.zip disk; gzip -k disk; xz -k disk; zstd -q disk; cp a.zip crc.zip";
    await runCommand("sh", ["-ec", line], { cwd: folder.path });
    for (const name of ["a.tar", "a.zip", "disk.gz", "disk.xz", "disk.zst"]) {
      await Deno.truncate(folder.file(name), Math.floor((await Deno.stat(folder.file(name))).size / 2));
    }
    const zip = await Deno.readFile(folder.file("crc.zip"));
    zip[lastIndexOf(zip, "PK\x01\x02") + 16]! ^= 1;
    await Deno.writeFile(folder.file("crc.zip"), zip);
    for (const name of ["a.tar", "a.zip", "disk.gz", "disk.xz", "disk.zst", "crc.zip"]) {
      assertEquals((await failureOf(discoverIn(folder, [folder.file(name)]))).code, "source/damaged", name);
    }
  },
);

/** Small archives to damage, as shell lines that make `a` of `disk`. */
const SAMPLES: Readonly<Record<string, string>> = {
  tar: "tar -cf a disk",
  zip: "zip -q a.zip disk; mv a.zip a",
  "tar.gz": "tar -czf a disk",
  "tar.xz": "tar -cJf a disk",
  "tar.zst": "tar -c disk | zstd -q -o a",
  "sparse tar": "tar -S -cf a disk",
  vhd: "qemu-img convert -O vpc disk a",
  vhdx: "qemu-img convert -O vhdx disk a",
};
/** Places in each sample: few, because a test run is to be short. */
const PLACES = Number(Deno.env.get("HYPER2KVM_FUZZ_PLACES") ?? 12);
const MAX_MS = 5_000;

for (const [kind, line] of Object.entries(SAMPLES)) {
  testNeeding(
    PACKERS,
    `DiskDiscovery.discover() ends a damaged ${kind} with a result or an error with a code`,
    async () => {
      await using folder = await TempFolder.create();
      await makeRawDisk(folder.file("plain"), MIB);
      await convertImage(folder.file("plain"), folder.file("disk"), "qcow2");
      await runCommand("sh", ["-ec", line], { cwd: folder.path });
      const good = await Deno.readFile(folder.file("a"));
      for (let place = 0; place < PLACES; place++) {
        await Deno.writeFile(folder.file("bad"), damage(good, place));
        const startedMs = performance.now();
        const error = await discoverIn(folder, [folder.file("bad")]).then(() => null, (reason) => reason);
        if (error !== null) assertEquals(error instanceof MigrateError, true, `place ${place}: ${error}`);
        assertEquals(performance.now() - startedMs < MAX_MS, true, `place ${place} took too long`);
        const outside = (await filesBelow(folder.path)).filter((name) => !name.startsWith("work/"));
        assertEquals(outside, ["a", "bad", "disk", "plain"]);
      }
    },
  );
}

/** Truncates, flips or stretches, by the number of the place: always the same. */
function damage(bytes: Uint8Array<ArrayBuffer>, place: number): Uint8Array<ArrayBuffer> {
  const at = Math.imul(place + 1, 2654435761) >>> 0;
  // Half of the places are in the first KiB, where headers are.
  const where = (at >>> 3) % (place % 2 === 0 ? bytes.length : Math.min(1024, bytes.length));
  if (place % 3 === 0) return bytes.slice(0, where);
  if (place % 3 === 1) {
    const copy = bytes.slice();
    copy[where] = (copy[where] ?? 0) ^ (1 << (at & 7));
    return copy;
  }
  const longer = new Uint8Array(bytes.length + 513);
  longer.set(bytes.subarray(0, where));
  longer.set(bytes.subarray(where), where + 513);
  return longer;
}
