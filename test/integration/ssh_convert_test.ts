/** The sample guest on another host, converted over SSH without a download first. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Report } from "../../src/model/report.ts";
import { runCli } from "../support/cli.ts";
import { CountingRelay } from "../support/counting_relay.ts";
import { ensureGuest, GUEST_MAC } from "../support/guests.ts";
import { convertImage, sha256 } from "../support/images.ts";
import { testNeeding } from "../support/needs.ts";
import { SshServer } from "../support/ssh_server.ts";
import { TempFolder } from "../support/temp.ts";

const NEEDS = {
  programs: ["/usr/sbin/sshd", "ssh", "ssh-keygen", "nbdkit", "qemu-img", "qemu-system-x86_64"],
  libraries: ["libguestfs.so.0"],
};
/** What may travel for each byte of the disk's files: the copy reads all of them, and the fixes a few before. */
const MOST_SENT = 1.1;

testNeeding(NEEDS, "convert --stream takes a VMX of another host to a proved boot", async () => {
  const guest = await ensureGuest("bios");
  await using server = await SshServer.start();
  using relay = new CountingRelay(server.port);
  await using folder = await TempFolder.create();
  await Deno.mkdir(folder.file("vm"));
  await convertImage(guest.raw, folder.file("vm/web.vmdk"), "vmdk", "subformat=twoGbMaxExtentSparse");
  await Deno.writeTextFile(
    folder.file("vm/web.vmx"),
    [
      'config.version = "8"',
      'displayName = "web"',
      'guestOS = "debian12-64"',
      'memsize = "1280"',
      'numvcpus = "2"',
      'scsi0.present = "TRUE"',
      'scsi0.virtualDev = "pvscsi"',
      'scsi0:0.present = "TRUE"',
      'scsi0:0.fileName = "web.vmdk"',
      'ethernet0.present = "TRUE"',
      'ethernet0.addressType = "static"',
      `ethernet0.address = "${GUEST_MAC}"`,
    ].join("\n"),
  );
  const extents = (await folder.names("vm")).filter((name) => name.endsWith(".vmdk"));
  assert(extents.length > 2, "a descriptor and several extents");
  const before = await hashes(folder, extents);

  const out = folder.file("out");
  const options = server.options().map((one) => `--ssh-opt=${one}`);
  const address = server.address(folder.file("vm/web.vmx"), relay.port);
  const { status, stderr, stdout } = await runCli(["convert", address, "--stream", "-o", out, ...options]);
  assertEquals(status, 0, stderr + stdout);
  const report = JSON.parse(await Deno.readTextFile(`${out}/report.json`)) as Report;
  assertEquals(report.vms[0]?.proof?.verdict, "booted");
  assertEquals(report.vms[0]?.source?.disks.map(({ files }) => files), [[]], "nothing was downloaded");
  const xml = await Deno.readTextFile(`${out}/web.xml`);
  for (const part of [">1310720</memory>", ">2</vcpu>", GUEST_MAC]) assertStringIncludes(xml, part);
  const stats = await Promise.all(extents.map((name) => Deno.stat(folder.file(`vm/${name}`))));
  const bytes = stats.reduce((sum, { size }) => sum + size, 0);
  assert(relay.bytesSent < bytes * MOST_SENT, `${relay.bytesSent} bytes for ${bytes}`);
  assertEquals(await hashes(folder, extents), before);
});

function hashes(folder: TempFolder, names: readonly string[]): Promise<string[]> {
  return Promise.all(names.map((name) => sha256(folder.file(`vm/${name}`))));
}
