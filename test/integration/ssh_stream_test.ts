/** Disks that stay on another machine and are read over SSH: what is read is right, and little travels. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { SourceDisk } from "../../src/model/disk.ts";
import { runCommand } from "../../src/run/command.ts";
import { noise } from "../support/archives.ts";
import { cliCommand, runCli } from "../support/cli.ts";
import { CountingRelay } from "../support/counting_relay.ts";
import { makeEsxChain } from "../support/esx_deltas.ts";
import { makeHiddenSnapshot, makeRedirection } from "../support/hostile_vmdk.ts";
import { convertImage, makeRawDisk, makeSplitDisk, sameContents } from "../support/images.ts";
import { testNeeding } from "../support/needs.ts";
import { discoverIn, failureOf, imageOf } from "../support/sources.ts";
import { SshServer } from "../support/ssh_server.ts";
import { TempFolder } from "../support/temp.ts";

const MIB = 1024 * 1024;
const NEEDS = { programs: ["/usr/sbin/sshd", "ssh", "ssh-keygen", "qemu-img", "nbdkit"] };

async function stream(
  folder: TempFolder,
  server: SshServer,
  name: string,
  kind?: string,
): Promise<readonly SourceDisk[]> {
  const job = { kind, stream: true, ssh_opt: server.options() };
  return (await discoverIn(folder, [server.address(folder.file(name))], job)).source.disks;
}

async function same(folder: TempFolder, disk: SourceDisk | undefined): Promise<boolean> {
  const image = imageOf(disk);
  return await sameContents(folder.file("disk.raw"), image);
}

testNeeding(NEEDS, "--stream lets only the allocated blocks of a sparse disk travel", async () => {
  await using server = await SshServer.start();
  using relay = new CountingRelay(server.port);
  await using folder = await TempFolder.create();
  await makeRawDisk(folder.file("disk.raw"), 512 * MIB);
  await convertImage(folder.file("disk.raw"), folder.file("d.vmdk"), "vmdk");
  const ssh_opt = server.options();
  const source = [server.address(folder.file("d.vmdk"), relay.port)];
  const { disks: [disk] } = (await discoverIn(folder, source, { stream: true, ssh_opt })).source;
  await runCommand("qemu-img", ["convert", "-O", "raw", imageOf(disk), folder.file("seen.raw")]);
  assert(await sameContents(folder.file("disk.raw"), folder.file("seen.raw")));
  assertEquals([disk?.virtualSizeBytes, disk?.files], [512 * MIB, []]);
  assert(relay.bytesSent > 0 && relay.bytesSent < 4 * MIB, `${relay.bytesSent} bytes`);
});

testNeeding(NEEDS, "--stream reads a VMX: a flat and a sparse disk, in place", async () => {
  await using server = await SshServer.start();
  await using folder = await TempFolder.create();
  await makeRawDisk(folder.file("disk.raw"), 8 * MIB);
  await convertImage(folder.file("disk.raw"), folder.file("flat 1.vmdk"), "vmdk", "subformat=monolithicFlat");
  await convertImage(folder.file("disk.raw"), folder.file("base.vmdk"), "vmdk");
  const lines = [
    'config.version = "8"',
    'displayName = "web"',
    'scsi0:0.present = "TRUE"',
    'scsi0:0.fileName = "flat 1.vmdk"',
    'scsi0:1.present = "TRUE"',
    'scsi0:1.fileName = "base.vmdk"',
  ];
  await Deno.writeTextFile(folder.file("web.vmx"), `${lines.join("\n")}\n`);
  const [flat, sparse] = await stream(folder, server, "web.vmx");
  assertEquals([flat?.format, flat?.slot, sparse?.format, sparse?.slot], ["raw", 0, "vmdk", 1]);
  assert(await same(folder, flat));
  assert(await same(folder, sparse));
  assertEquals(flat?.remoteFiles?.map(({ address }) => address), [
    server.address(folder.file("flat 1-flat.vmdk")),
  ]);
});

for (const format of ["qcow2", "vdi", "vhdx", "vpc"]) {
  testNeeding(NEEDS, `--stream reads ${format} in place`, async () => {
    await using server = await SshServer.start();
    await using folder = await TempFolder.create();
    await makeRawDisk(folder.file("disk.raw"), 8 * MIB);
    const options = format === "vpc" ? "force_size=on" : undefined;
    await convertImage(folder.file("disk.raw"), folder.file("d"), format, options);
    assert(await same(folder, (await stream(folder, server, "d"))[0]));
  });
}

testNeeding(NEEDS, "--stream goes on after a connection that dropped half way", async () => {
  await using server = await SshServer.start();
  await using folder = await TempFolder.create();
  await Deno.writeFile(folder.file("disk.raw"), noise(24 * MIB));
  const [disk] = await stream(folder, server, "disk.raw", "raw");
  const out = folder.file("seen.raw");
  const copy = runCommand("qemu-img", ["convert", "-r", "8M", "-O", "raw", imageOf(disk), out]);
  while (((await Deno.stat(out).catch(() => null))?.blocks ?? 0) * 512 < 4 * MIB) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert(await server.dropConnections() > 0);
  await copy;
  assert(await sameContents(folder.file("disk.raw"), out));
});

testNeeding(NEEDS, "--stream reads a split sparse disk", async () => {
  await using server = await SshServer.start();
  await using folder = await TempFolder.create();
  await makeSplitDisk(folder.path);
  const [disk] = await stream(folder, server, "d.vmdk");
  assert(await same(folder, disk));
  assertEquals(disk?.detail, "twoGbMaxExtentSparse, read in place");
  const files = ["d-s001.vmdk", "d-s002.vmdk", "d-s003.vmdk"];
  const addresses = files.map((name) => server.address(folder.file(name)));
  assertEquals(disk?.remoteFiles?.map(({ address }) => address), addresses);
});

testNeeding(NEEDS, "--stream reads a split flat disk", async () => {
  await using server = await SshServer.start();
  await using folder = await TempFolder.create();
  await makeRawDisk(folder.file("disk.raw"), 8 * MIB);
  const bytes = await Deno.readFile(folder.file("disk.raw"));
  const lines = [
    "# Disk DescriptorFile",
    "version=1",
    "CID=12345678",
    "parentCID=ffffffff",
    'createType="twoGbMaxExtentFlat"',
  ];
  for (const [from, to] of [[0, 3], [3, 5], [5, 8]] as const) {
    await Deno.writeFile(folder.file(`d 'f' ${to}.vmdk`), bytes.subarray(from * MIB, to * MIB));
    lines.push(`RW ${(to - from) * MIB / 512} FLAT "d 'f' ${to}.vmdk" 0`);
  }
  await Deno.writeTextFile(folder.file("d.vmdk"), lines.join("\n"));
  assert(await same(folder, (await stream(folder, server, "d.vmdk"))[0]));
});

testNeeding(
  NEEDS,
  "--stream reads a VMX whose disk has snapshots, also after a dropped connection",
  async () => {
    await using server = await SshServer.start();
    using relay = new CountingRelay(server.port);
    await using folder = await TempFolder.create();
    await Deno.writeFile(folder.file("disk.raw"), noise(12 * MIB));
    await convertImage(
      folder.file("disk.raw"),
      folder.file("d.vmdk"),
      "vmdk",
      "subformat=twoGbMaxExtentSparse",
    );
    const run = (program: string, ...args: string[]): Promise<unknown> =>
      runCommand(program, args, { cwd: folder.path });
    const snapshot = async (child: string, parent: string, ...writes: string[]): Promise<void> => {
      const create = [
        "create",
        "-q",
        "-f",
        "vmdk",
        "-o",
        "zeroed_grain=on",
        "-b",
        parent,
        "-F",
        "vmdk",
        child,
      ];
      await run("qemu-img", ...create);
      await run("qemu-io", "-f", "vmdk", ...writes.flatMap((one) => ["-c", `write ${one}`]), child);
    };
    await snapshot("d-1.vmdk", "d.vmdk", "-P 0x11 1M 128k", "-z 2M 10M");
    await snapshot("d-2.vmdk", "d-1.vmdk", "-P 0x22 1M 64k");
    await run("qemu-img", "convert", "-O", "raw", "d-2.vmdk", "disk.raw");
    const lines = ['config.version = "8"', 'scsi0:0.present = "TRUE"', 'scsi0:0.fileName = "d-2.vmdk"'];
    await Deno.writeTextFile(folder.file("d.vmx"), `${lines.join("\n")}\n`);
    const source = [server.address(folder.file("d.vmx"), relay.port)];
    const { disks: [disk] } =
      (await discoverIn(folder, source, { stream: true, ssh_opt: server.options() })).source;
    assertEquals([disk?.slot, disk?.virtualSizeBytes, disk?.files], [0, 12 * MIB, []]);
    assertEquals(disk?.detail, "monolithicSparse, 2 below it in the snapshot chain, read in place");
    assert(await server.dropConnections() > 0);
    assert(await same(folder, disk));
    // 10 MiB of the base are no longer in the disk.
    assert(relay.bytesSent > 2 * MIB && relay.bytesSent < 4 * MIB, `${relay.bytesSent} bytes`);
  },
);

testNeeding(NEEDS, "--stream reads the snapshots of an ESX host as a local disk is read", async () => {
  await using server = await SshServer.start();
  await using folder = await TempFolder.create();
  await makeEsxChain(folder);
  const { disks: [local] } = (await discoverIn(folder, [folder.file("vm-000002.vmdk")])).source;
  await runCommand("qemu-img", ["convert", "-O", "raw", imageOf(local), folder.file("disk.raw")]);
  const [disk] = await stream(folder, server, "vm-000002.vmdk");
  assert(await same(folder, disk));
  assertEquals(disk?.detail, "seSparse, 2 below it in the snapshot chain, read in place");
});

testNeeding(NEEDS, "--stream says of a broken disk what is said of a local one", async () => {
  await using server = await SshServer.start();
  await using folder = await TempFolder.create();
  const descriptor = (name: string, ...lines: string[]): Promise<void> =>
    Deno.writeTextFile(
      folder.file(name),
      ["# Disk DescriptorFile", "version=1", 'createType="twoGbMaxExtentFlat"', ...lines].join("\n"),
    );
  await Deno.writeFile(folder.file("f"), new Uint8Array(MIB));
  const flat = `RW ${MIB / 512} FLAT "f" 0`;
  const child = ["CID=22222222", "parentCID=11111111", 'parentFileNameHint="base.vmdk"'];
  await descriptor("base.vmdk", "CID=11111112", "parentCID=ffffffff", flat);
  await descriptor("child.vmdk", ...child, flat);
  await descriptor("orphan.vmdk", ...child.slice(0, 2), 'parentFileNameHint="no.vmdk"', flat);
  await descriptor("gone.vmdk", flat, 'RW 8 SPARSE "gone-s002.vmdk"', 'RW 8 SPARSE "gone-s003.vmdk"');
  await descriptor("short.vmdk", flat, `RW ${MIB / 512} FLAT "f" 1`);
  await descriptor("raw.vmdk", 'RW 8 SPARSE "f"');
  for (const name of ["child", "orphan", "gone", "short"]) {
    const path = folder.file(`${name}.vmdk`);
    const local = await failureOf(discoverIn(folder, [path]));
    const remote = await failureOf(stream(folder, server, `${name}.vmdk`));
    const said = remote.message.replaceAll(server.address(folder.path), folder.path);
    assertEquals([remote.code, said, remote.hint], [local.code, local.message, local.hint]);
  }
  const error = await failureOf(stream(folder, server, "raw.vmdk"));
  assertEquals([error.code, error.message], [
    "source/damaged",
    `Cannot read ${server.address(folder.file("f"))}: its header is damaged.`,
  ]);
});

testNeeding(NEEDS, "--stream refuses a disk of too many files, and names the way out", async () => {
  await using server = await SshServer.start();
  await using folder = await TempFolder.create();
  const lines = ["# Disk DescriptorFile", "version=1", 'createType="twoGbMaxExtentFlat"'];
  for (let file = 0; file < 101; file++) lines.push(`RW 1 FLAT "f${file}" 0`);
  await Deno.writeTextFile(folder.file("d.vmdk"), lines.join("\n"));
  const error = await failureOf(stream(folder, server, "d.vmdk"));
  assertEquals(error.code, "source/unsupported");
  assertMatch(error.message, /it is in over 100 files\.$/);
  assertMatch(error.hint ?? "", /Leave out --stream/);
});

testNeeding(NEEDS, "--stream never lets a disk choose files of this host", async () => {
  await using server = await SshServer.start();
  await using folder = await TempFolder.create();
  await makeRawDisk(folder.file("secret.raw"), 4 * MIB);
  await convertImage(folder.file("secret.raw"), folder.file("secret.vmdk"), "vmdk");
  await makeHiddenSnapshot(folder.file("d.vmdk"), folder.file("secret.vmdk"), "name alone");
  const [disk] = await stream(folder, server, "d.vmdk");
  await runCommand("qemu-img", ["create", "-q", "-f", "raw", folder.file("disk.raw"), "4M"]);
  assert(await same(folder, disk));
  await makeRedirection(folder.file("e.vmdk"), folder.file("secret.raw"), 4 * MIB);
  const error = await failureOf(stream(folder, server, "e.vmdk"));
  assertMatch(error.message, /holds no disk/);
});

testNeeding(NEEDS, "--stream leaves no program and no file behind, also after a kill", async () => {
  await using server = await SshServer.start();
  await using folder = await TempFolder.create();
  await makeSplitDisk(folder.path);
  await Deno.mkdir(folder.file("tmp"));
  const options = server.options().map((one) => `--ssh-opt=${one}`);
  const args = ["inspect", server.address(folder.file("d.vmdk")), "--stream", ...options];
  const env = { TMPDIR: folder.file("tmp") };
  assertEquals((await runCli(args, env)).status, 0);
  assertEquals(await folder.names("tmp"), []);
  const child = cliCommand(args, env).spawn();
  while (!await server.hasConnections(0)) await new Promise((resolve) => setTimeout(resolve, 5));
  Deno.kill(child.pid, "SIGKILL");
  await child.output();
  assertEquals(await server.hasConnections(10_000), false);
});
