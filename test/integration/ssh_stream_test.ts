/** Disks that stay on another machine and are read over SSH: what is read is right, and little travels. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { SourceDisk } from "../../src/model/disk.ts";
import { runCommand } from "../../src/run/command.ts";
import { noise } from "../support/archives.ts";
import { cliCommand, runCli } from "../support/cli.ts";
import { CountingRelay } from "../support/counting_relay.ts";
import { convertImage, makeRawDisk, sameContents } from "../support/images.ts";
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

testNeeding(
  NEEDS,
  "--stream refuses a disk in several files and a snapshot, and names the way out",
  async () => {
    await using server = await SshServer.start();
    await using folder = await TempFolder.create();
    await makeRawDisk(folder.file("disk.raw"), 4 * MIB);
    await convertImage(
      folder.file("disk.raw"),
      folder.file("d.vmdk"),
      "vmdk",
      "subformat=twoGbMaxExtentSparse",
    );
    const create = ["create", "-q", "-f", "vmdk", "-b", "d.vmdk", "-F", "vmdk", "e.vmdk"];
    await runCommand("qemu-img", create, { cwd: folder.path });
    for (
      const [name, reason] of [["d.vmdk", /in several files\.$/], ["e.vmdk", /is a snapshot\.$/]] as const
    ) {
      const error = await failureOf(stream(folder, server, name));
      assertEquals(error.code, "source/unsupported");
      assertMatch(error.message, reason);
      assertMatch(error.hint ?? "", /Leave out --stream/);
    }
  },
);

testNeeding(NEEDS, "--stream leaves no program and no file behind, also after a kill", async () => {
  await using server = await SshServer.start();
  await using folder = await TempFolder.create();
  await Deno.writeFile(folder.file("disk.raw"), noise(MIB));
  await Deno.mkdir(folder.file("tmp"));
  const options = server.options().map((one) => `--ssh-opt=${one}`);
  const args = ["inspect", server.address(folder.file("disk.raw")), "--stream", "--kind", "raw", ...options];
  const env = { TMPDIR: folder.file("tmp") };
  assertEquals((await runCli(args, env)).status, 0);
  assertEquals(await folder.names("tmp"), []);
  const child = cliCommand(args, env).spawn();
  while (!await server.hasConnections(0)) await new Promise((resolve) => setTimeout(resolve, 5));
  Deno.kill(child.pid, "SIGKILL");
  await child.output();
  assertEquals(await server.hasConnections(10_000), false);
});
