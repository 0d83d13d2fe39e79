/** Finished machines into libvirt, here, through a real sshd and over TLS: storage pools, and Windows in two stages. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Connection } from "../../ffi/libvirt/mod.ts";
import { runCommand } from "../../src/run/command.ts";
import { runCli } from "../support/cli.ts";
import { sha256 } from "../support/images.ts";
import { DAEMON_NEEDS, startLibvirt } from "../support/libvirt_daemon.ts";
import { testNeeding } from "../support/needs.ts";
import { SshServer } from "../support/ssh_server.ts";
import { sampleReport, sampleVm } from "../support/sample_report.ts";
import { CERTIFICATE_NEEDS } from "../support/tls_certificates.ts";
import { WINDOWS_GUEST, WINDOWS_NICS, WINDOWS_SOURCE } from "../support/windows_machine.ts";
import { TempFolder } from "../support/temp.ts";

const NEEDS = {
  ...DAEMON_NEEDS,
  programs: [...DAEMON_NEEDS.programs, "/usr/sbin/sshd", "ssh", "ssh-keygen", "nc"],
};

/** A disk with data at its start, in the middle and at its end, and holes between. */
async function makeDisk(path: string, format: "qcow2" | "raw"): Promise<void> {
  await runCommand("qemu-img", ["create", "-q", "-f", format, path, "64M"]);
  for (const at of ["0", "33M", "64512k"]) {
    await runCommand("qemu-io", ["-f", format, "-c", `write -P 0x5a ${at} 1M`, path]);
  }
}

testNeeding(NEEDS, "define --pool uploads the disk through ssh and defines the machine on it", async () => {
  await using libvirt = await startLibvirt();
  await using server = await SshServer.start();
  await using folder = await TempFolder.create();
  await makeDisk(folder.file("web.qcow2"), "qcow2");
  const pool = folder.file("pool");
  const uri = await server.libvirtUri(libvirt.uri);
  const args = ["define", folder.file("web.qcow2"), "--uri", uri, "--pool", `moved:${pool}`, "--autostart"];
  const first = await runCli([...args, "--json", "--bridge", "br0", "--memory", "512", "--vcpus", "1"]);
  assertEquals(first.status, 0, first.stderr);
  const [defined] = JSON.parse(first.stdout);
  assertEquals([defined.name, defined.replaced], ["web", false]);
  assertEquals(await sha256(`${pool}/web.qcow2`), await sha256(folder.file("web.qcow2")));
  assertStringIncludes(await Deno.readTextFile(folder.file("web.xml")), `<source file="${pool}/web.qcow2"/>`);
  using connection = Connection.open(libvirt.uri);
  using domain = connection.findDomain("web");
  const xml = domain!.xml({ inactive: true });
  assertEquals([domain!.uuid(), domain!.autostart()], [defined.uuid, true]);
  assertStringIncludes(xml, `<source file='${pool}/web.qcow2'/>`);
  assertStringIncludes(xml, "<source bridge='br0'/>");

  const again = await runCli(args);
  assertEquals(again.status, 2, again.stderr);
  assertStringIncludes(again.stderr, "has a machine of that name");
  const replaced = await runCli([...args, "--replace", "--json"]);
  assertEquals([replaced.status, JSON.parse(replaced.stdout)[0].replaced], [0, true], replaced.stderr);
});

testNeeding(
  { ...DAEMON_NEEDS, programs: [...DAEMON_NEEDS.programs, ...CERTIFICATE_NEEDS] },
  "define over TLS uploads the disk and defines the machine, for who has a certificate",
  async () => {
    await using libvirt = await startLibvirt({ tls: true });
    await using folder = await TempFolder.create();
    await makeDisk(folder.file("web.qcow2"), "qcow2");
    const pool = folder.file("pool");
    const args = ["define", folder.file("web.qcow2"), "--pool", `moved:${pool}`, "--uri"];
    const stranger = await runCli([...args, libvirt.tlsUri.replace(/pkipath=.*/, `pkipath=${folder.path}`)]);
    assertEquals(stranger.status, 7, stranger.stderr);
    assertStringIncludes(stranger.stderr, "cacert.pem");

    const done = await runCli([...args, libvirt.tlsUri, "--json"]);
    assertEquals(done.status, 0, done.stderr);
    assertEquals(await sha256(`${pool}/web.qcow2`), await sha256(folder.file("web.qcow2")));
    using connection = Connection.open(libvirt.tlsUri);
    using domain = connection.listDomains()[0];
    assertEquals([domain?.name(), domain?.uuid()], ["web", JSON.parse(done.stdout)[0].uuid]);
  },
);

testNeeding(
  DAEMON_NEEDS,
  "define puts a Windows machine on virtio when its drivers are there, from its report",
  async () => {
    await using libvirt = await startLibvirt();
    await using folder = await TempFolder.create();
    await makeDisk(folder.file("files.qcow2"), "qcow2");
    const disk = { path: folder.file("files.qcow2"), format: "qcow2" as const };
    // Without a TPM, for which the host would need swtpm.
    const source = { ...WINDOWS_SOURCE, machine: { ...WINDOWS_SOURCE.machine, tpm: false } };
    const vm = sampleVm({
      ...{ name: "files", source, guest: WINDOWS_GUEST, nics: WINDOWS_NICS },
      outputs: [{ ...disk, virtualSizeBytes: 64 * 1024 ** 2, allocatedSizeBytes: 3 * 1024 ** 2 }],
    });
    await Deno.writeTextFile(folder.file("report.json"), JSON.stringify(sampleReport("succeeded", vm)));
    await Deno.writeTextFile(folder.file("virtio-win.iso"), "");
    const args = ["define", folder.file("report.json"), "--uri", libvirt.uri, "--replace"];
    const defined = async (...more: readonly string[]): Promise<string> => {
      const { status, stderr } = await runCli([...args, ...more]);
      assertEquals(status, 0, stderr);
      using connection = Connection.open(libvirt.uri);
      using domain = connection.findDomain("files");
      return domain!.xml({ inactive: true });
    };
    const devices = (xml: string): string[] =>
      [...xml.matchAll(/<(?:target dev='\w+' bus|model type)='([^']+)'/g)].map((match) => match[1] ?? "");

    const bootstrap = await defined("--driver-iso", folder.file("virtio-win.iso"));
    assertEquals(devices(bootstrap), ["sata", "sata", "e1000e", "vga"]);
    assertStringIncludes(bootstrap, `<source file='${folder.file("virtio-win.iso")}'/>`);
    assertStringIncludes(bootstrap, "<clock offset='localtime'>");
    const final = await defined("--win-stage", "final");
    assertEquals(devices(final), ["virtio", "virtio", "vga"]);
    assertStringIncludes(
      await Deno.readTextFile(folder.file("files.xml")),
      '<target dev="vda" bus="virtio"/>',
    );
  },
);

testNeeding(
  NEEDS,
  "define --pool leaves no volume and no machine when libvirt refuses the definition",
  async () => {
    await using libvirt = await startLibvirt();
    await using folder = await TempFolder.create();
    await makeDisk(folder.file("web.raw"), "raw");
    const pool = folder.file("pool");
    const args = ["define", folder.file("web.raw"), "--uri", libvirt.uri, "--pool", `moved:${pool}`];
    const unknown = await runCli([...args, "--cpu-model", "Z80"]);
    assertEquals(unknown.status, 7, unknown.stderr);
    assertStringIncludes(unknown.stderr, 'it knows no processor "Z80"');
    const refused = await runCli([...args, "--vcpus", "1000"]);
    assertEquals(refused.status, 7, refused.stdout);
    assertEquals(await libvirt.leftovers(), []);
    assertEquals(await folder.names("pool"), []);

    const missing = await runCli([
      "define",
      folder.file("web.raw"),
      "--uri",
      libvirt.uri,
      "--pool",
      "nowhere",
    ]);
    assertEquals(missing.status, 2, missing.stderr);
    assertStringIncludes(missing.stderr, "has none of that name");

    // Holes stay holes on the way.
    const done = await runCli([...args, "--bridge", "br0"]);
    assertEquals(done.status, 0, done.stderr);
    assertEquals(await sha256(`${pool}/web.raw`), await sha256(folder.file("web.raw")));
    assert((await Deno.stat(`${pool}/web.raw`)).blocks! * 512 < 16 * 1024 ** 2);
  },
);
