import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runCommand } from "../../src/run/command.ts";
import { noise } from "../support/archives.ts";
import { cliCommand, type CliResult, runCli } from "../support/cli.ts";
import { convertImage, makeRawDisk, sameContents, sha256 } from "../support/images.ts";
import { testNeeding } from "../support/needs.ts";
import { filesBelow } from "../support/sources.ts";
import { SshServer } from "../support/ssh_server.ts";
import { TempFolder } from "../support/temp.ts";

const MIB = 1024 * 1024;
const NEEDS = { programs: ["/usr/sbin/sshd", "ssh", "ssh-keygen", "qemu-img"] };

function fetchArgs(server: SshServer, path: string, out: string, options = server.options()): string[] {
  return ["fetch", server.address(path), "-o", out, "--json", ...options.map((one) => `--ssh-opt=${one}`)];
}

async function fetch(server: SshServer, path: string, out: string, options?: string[]): Promise<CliResult> {
  return await runCli(fetchArgs(server, path, out, options));
}

testNeeding(NEEDS, "fetch gets a VMX, its descriptors and their extents, and checks hashes", async () => {
  await using server = await SshServer.start();
  await using folder = await TempFolder.create();
  await Deno.mkdir(folder.file("my vm's"));
  await makeRawDisk(folder.file("plain.raw"), 8 * MIB);
  const from = folder.file("my vm's/disk 1.vmdk");
  await convertImage(folder.file("plain.raw"), from, "vmdk", "subformat=twoGbMaxExtentFlat");
  const vmx = `.encoding = "UTF-8"\nscsi0:0.fileName = "disk 1.vmdk"\nscsi0:1.fileName = "gone.vmdk"\n` +
    `scsi0:1.present = "FALSE"\n`;
  await Deno.writeTextFile(folder.file("my vm's/vm.vmx"), vmx);
  const result = await fetch(server, folder.file("my%20vm's/vm.vmx"), folder.file("out"));
  assertEquals(result.status, 0, result.stderr);
  assertEquals(await folder.names("out"), ["disk 1-f001.vmdk", "disk 1.vmdk", "vm.vmx"]);
  assertEquals(await sameContents(folder.file("plain.raw"), folder.file("out/disk 1.vmdk")), true);
  const { files } = JSON.parse(result.stdout) as { files: { path: string; sha256: string }[] };
  assertEquals(files.map((file) => file.path.split("/").at(-1)), [
    "vm.vmx",
    "disk 1.vmdk",
    "disk 1-f001.vmdk",
  ]);
  assertEquals(files[2]?.sha256, await sha256(folder.file("my vm's/disk 1-f001.vmdk")));
  // Sparse stays sparse.
  assertEquals(((await Deno.stat(folder.file("out/disk 1-f001.vmdk"))).blocks ?? 0) * 512 < MIB, true);
});

testNeeding(NEEDS, "fetch gets the disks below a snapshot that is one file", async () => {
  await using server = await SshServer.start();
  await using folder = await TempFolder.create();
  await Deno.mkdir(folder.file("vm"));
  await makeRawDisk(folder.file("plain.raw"), 8 * MIB);
  await convertImage(folder.file("plain.raw"), folder.file("vm/base.vmdk"), "vmdk");
  for (const [child, parent] of [["one.vmdk", "base.vmdk"], ["two.vmdk", "one.vmdk"]] as const) {
    const create = ["create", "-q", "-f", "vmdk", "-b", parent, "-F", "vmdk", child];
    await runCommand("qemu-img", create, { cwd: folder.file("vm") });
  }
  const result = await fetch(server, folder.file("vm/two.vmdk"), folder.file("out"));
  assertEquals(result.status, 0, result.stderr);
  assertEquals(await folder.names("out"), ["base.vmdk", "one.vmdk", "two.vmdk"]);
  assertEquals(await sameContents(folder.file("plain.raw"), folder.file("out/two.vmdk")), true);
});

testNeeding(NEEDS, "fetch goes on by itself after a dropped connection", async () => {
  await using server = await SshServer.start();
  await using folder = await TempFolder.create();
  await writeNoise(folder.file("disk.raw"), 192);
  const child = cliCommand(fetchArgs(server, folder.file("disk.raw"), folder.file("out"))).spawn();
  await grownTo(folder.file("out/disk.raw.partial"), 16 * MIB);
  assertEquals(await server.dropConnections() > 0, true);
  const { code, stdout, stderr } = await child.output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const { files } = JSON.parse(new TextDecoder().decode(stdout)) as { files: { resumedBytes: number }[] };
  assertEquals((files[0]?.resumedBytes ?? 0) >= 8 * MIB, true);
  assertEquals(await sha256(folder.file("out/disk.raw")), await sha256(folder.file("disk.raw")));
  assertEquals(await folder.names("out"), ["disk.raw"]);
});

testNeeding(NEEDS, "fetch goes on where a killed one has stopped", async () => {
  await using server = await SshServer.start();
  await using folder = await TempFolder.create();
  await writeNoise(folder.file("disk.raw"), 192);
  const child = cliCommand(fetchArgs(server, folder.file("disk.raw"), folder.file("out"))).spawn();
  await grownTo(folder.file("out/disk.raw.partial"), 16 * MIB);
  Deno.kill(child.pid, "SIGKILL");
  await child.output();
  // The ssh of a killed program ends by itself.
  assertEquals(await server.hasConnections(5_000), false);
  const { status, stdout } = await fetch(server, folder.file("disk.raw"), folder.file("out"));
  assertEquals(status, 0);
  const { files } = JSON.parse(stdout) as { files: { resumedBytes: number }[] };
  assertEquals((files[0]?.resumedBytes ?? 0) >= 8 * MIB, true);
  assertEquals(await sha256(folder.file("out/disk.raw")), await sha256(folder.file("disk.raw")));
});

testNeeding(NEEDS, "fetch refuses a copy whose SHA-256 differs, and then starts anew", async () => {
  await using server = await SshServer.start();
  await using folder = await TempFolder.create();
  await writeNoise(folder.file("disk.raw"), 3);
  await Deno.mkdir(folder.file("out"));
  // The start of another version of the file.
  await Deno.writeFile(folder.file("out/disk.raw.partial"), new Uint8Array(2 * MIB).fill(1));
  const first = await fetch(server, folder.file("disk.raw"), folder.file("out"));
  assertEquals(first.status, 9, first.stderr);
  assertMatch(first.stderr, /disk\.raw from 127\.0\.0\.1: its SHA-256 differs/);
  assertEquals(await folder.names("out"), []);
  assertEquals((await fetch(server, folder.file("disk.raw"), folder.file("out"))).status, 0);
  assertEquals(await sha256(folder.file("out/disk.raw")), await sha256(folder.file("disk.raw")));
});

testNeeding(
  NEEDS,
  "fetch tells an unknown host key, a wrong key and a missing file, a line each",
  async () => {
    await using server = await SshServer.start();
    await using folder = await TempFolder.create();
    await makeRawDisk(folder.file("disk.raw"), MIB);
    const cases = [
      [server.options("user", "none"), "disk.raw", 7, /127\.0\.0\.1: its host key is not known/],
      [server.options("stranger"), "disk.raw", 3, /127\.0\.0\.1: it refuses the key/],
      [server.options(), "none.raw", 9, /none\.raw on 127\.0\.0\.1: there is no such file/],
    ] as const;
    for (const [options, name, status, message] of cases) {
      const result = await fetch(server, folder.file(name), folder.file("out"), [...options]);
      assertEquals(result.status, status, result.stderr);
      assertMatch(result.stderr, message);
      assertStringIncludes(result.stderr, "hint: ");
      assertEquals(await filesBelow(folder.file("out")), []);
    }
  },
);

testNeeding(NEEDS, "inspect reads a disk over SSH and leaves nothing behind", async () => {
  await using server = await SshServer.start();
  await using folder = await TempFolder.create();
  await makeRawDisk(folder.file("plain.raw"), 4 * MIB);
  await convertImage(folder.file("plain.raw"), folder.file("d.vmdk"), "vmdk", "subformat=streamOptimized");
  const options = server.options().map((one) => `--ssh-opt=${one}`);
  const result = await runCli(["inspect", server.address(folder.file("d.vmdk")), "--json", ...options], {
    TMPDIR: folder.path,
  });
  assertEquals(result.status, 0, result.stderr);
  assertEquals((JSON.parse(result.stdout) as { kind: string; name: string }).kind, "vmdk");
  assertEquals(await folder.names(), ["d.vmdk", "plain.raw"]);
});

async function writeNoise(path: string, mebibytes: number): Promise<void> {
  const block = noise(MIB);
  using file = await Deno.open(path, { write: true, create: true });
  for (let index = 0; index < mebibytes; index++) {
    block[0] = index;
    await file.write(block);
  }
}

async function grownTo(path: string, bytes: number): Promise<void> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline;) {
    const size = await Deno.stat(path).then((stat) => stat.size, () => 0);
    if (size >= bytes) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`${path} does not grow`);
}
