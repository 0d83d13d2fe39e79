/**
 * Real guests to the end: converted, shown to boot by libvirt, defined there; and guests that are broken on purpose,
 * each with what is wrong named.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Connection } from "../../ffi/libvirt/mod.ts";
import { domainXml } from "../../src/libvirt/domain_xml.ts";
import type { Report, VmReport } from "../../src/model/report.ts";
import { runCommand } from "../../src/run/command.ts";
import { runCli } from "../support/cli.ts";
import {
  ensureGuest,
  GUEST_INTERFACE,
  GUEST_MAC,
  type GuestKind,
  STATIC_ADDRESS,
} from "../support/guests.ts";
import { DAEMON_NEEDS, startLibvirt, type TestLibvirt } from "../support/libvirt_daemon.ts";
import { testNeeding } from "../support/needs.ts";
import { sampleMachine } from "../support/virt_machine.ts";
import { TempFolder } from "../support/temp.ts";

/** What QEMU's user network gives to the first machine that asks. */
const DHCP_ADDRESS = "10.0.2.15/24";
const NEEDS = {
  ...DAEMON_NEEDS,
  programs: [...DAEMON_NEEDS.programs, "debugfs"],
  libraries: [...DAEMON_NEEDS.libraries, "libguestfs.so.0"],
};

async function convert(
  sources: readonly string[],
  out: string,
  args: readonly string[],
): Promise<{ readonly status: number; readonly vm: VmReport; readonly stderr: string }> {
  const { status, stderr, stdout } = await runCli(["convert", ...sources, "-o", out, ...args]);
  const [vm] = (JSON.parse(await Deno.readTextFile(`${out}/report.json`)) as Report).vms;
  assert(vm !== undefined, stderr + stdout);
  return { status, vm, stderr };
}

/** Defines a machine of which nothing but its disk matters. */
function define(
  { uri }: TestLibvirt,
  { name, disk }: { readonly name: string; readonly disk: string },
): void {
  const { uuid: _, ...machine } = sampleMachine({
    ...{ name, nics: [] },
    disks: [{ path: disk, format: "qcow2", bus: "virtio" }],
  });
  using connection = Connection.open(uri);
  connection.defineDomain(domainXml(machine))[Symbol.dispose]();
}

/** The bridge of the host that the machines are for. */
const BRIDGE = "br0";

/** Converts a sample guest, and defines it with its card on the bridge. */
async function convertAndDefine(
  libvirt: TestLibvirt,
  folder: TempFolder,
  kind: GuestKind,
  more: readonly string[] = [],
): Promise<VmReport> {
  // QEMU's user must be able to pass through.
  await Deno.chmod(folder.path, 0o711);
  const { disks } = await ensureGuest(kind);
  const args = ["--name", kind, "--define", "--uri", libvirt.uri, "--bridge", `${GUEST_MAC}:${BRIDGE}`];
  const sources = disks.map(({ vmdk }) => vmdk);
  const { status, vm, stderr } = await convert(sources, folder.file("out"), [...args, ...more]);
  assertEquals([status, vm.definedOn], [0, libvirt.uri], stderr);
  assertEquals(await libvirt.leftovers(), [kind]); // the domain; no NVRAM before its first start
  return vm;
}

/** libvirt has shown that the guest boots from virtio to the login. */
function assertProved({ proof }: VmReport, { uri }: TestLibvirt): void {
  assertEquals([proof?.verdict, proof?.runner], ["booted", uri]);
  assertEquals(proof?.reached.map(({ name }) => name).slice(-2), ["network", "login"]);
  assertEquals(proof?.insideView?.rootDriver, "virtio_blk");
}

/** Starts a domain as it is defined, waits for the login on its console, and removes it; its definition. */
async function startToLogin(libvirt: TestLibvirt, name: string): Promise<string> {
  using connection = Connection.open(libvirt.uri);
  using domain = connection.findDomain(name);
  assert(domain !== null);
  const xml = domain.xml({ inactive: true });
  domain.create();
  try {
    using port = domain.openConsole("serial0");
    let text = "";
    for (const deadline = Date.now() + 300_000; !/vmguest login:/.test(text) && Date.now() < deadline;) {
      const bytes = port.receive();
      if (bytes === null) break;
      text += new TextDecoder().decode(bytes);
      if (bytes.length === 0) await new Promise((next) => setTimeout(next, 100));
      domain.state(); // an exchange with the daemon, which brings the stream's data along
    }
    assertStringIncludes(text, "vmguest login:");
  } finally {
    domain.destroy();
    domain.undefine({ nvram: true });
  }
  assertEquals(await libvirt.leftovers(), []);
  return xml;
}

testNeeding(NEEDS, "convert ends in a domain that libvirt starts to the login", async () => {
  await using libvirt = await startLibvirt({ bridge: BRIDGE });
  await using folder = await TempFolder.create();
  // Its start as it is defined says all that the proof would; the proof of the same guest is a test of convert.
  await convertAndDefine(libvirt, folder, "bios", ["--no-boot-proof"]);
  const xml = await startToLogin(libvirt, "bios");
  assertStringIncludes(xml, `<mac address='${GUEST_MAC}'/>`);
  assertStringIncludes(xml, `<source bridge='${BRIDGE}'/>`);
});

testNeeding(
  NEEDS,
  "convert proves a UEFI guest under libvirt and ends in a domain that starts with UEFI",
  async () => {
    await using libvirt = await startLibvirt({ bridge: BRIDGE });
    await using folder = await TempFolder.create();
    const vm = await convertAndDefine(libvirt, folder, "uefi");
    assertProved(vm, libvirt);
    const card = vm.proof?.insideView?.interfaces.find(({ mac }) => mac === GUEST_MAC);
    assertEquals([card?.name, card?.addresses], [GUEST_INTERFACE, [STATIC_ADDRESS.uefi]]);
    assertStringIncludes(await startToLogin(libvirt, "uefi"), "firmware='efi'");
  },
);

testNeeding(
  NEEDS,
  "convert proves a guest on LVM over two disks under libvirt and ends in a domain that starts with both",
  async () => {
    await using libvirt = await startLibvirt({ bridge: BRIDGE });
    await using folder = await TempFolder.create();
    const vm = await convertAndDefine(libvirt, folder, "lvm2", ["--network-policy", "dhcp"]);
    assertProved(vm, libvirt);
    const card = vm.proof?.insideView?.interfaces.find(({ mac }) => mac === GUEST_MAC);
    assertEquals([card?.name, card?.addresses], [GUEST_INTERFACE, [DHCP_ADDRESS]]); // it had a static one
    const disks = (await startToLogin(libvirt, "lvm2")).match(/<source file='[^']+'/g);
    assertEquals(disks?.map((disk) => disk.includes("/out/lvm2")), [true, true]);
  },
);

testNeeding(NEEDS, "convert names the line of fstab that no disk has", async () => {
  await using folder = await TempFolder.create();
  const disk = folder.file("disk.raw");
  await runCommand("cp", ["--sparse=always", (await ensureGuest("bios")).raw, disk]);
  const line = "UUID=dead0000-0000-4000-8000-00000000beef /data ext4 x-systemd.device-timeout=3s 0 2\n";
  const root = `${disk}?offset=${2048 * 512}`;
  const fstab = (await runCommand("debugfs", ["-R", "cat /etc/fstab", root])).stdout;
  await Deno.chmod(disk, 0o600);
  await Deno.writeTextFile(folder.file("fstab"), fstab + line);
  for (const request of ["rm /etc/fstab", `write ${folder.file("fstab")} /etc/fstab`]) {
    await runCommand("debugfs", ["-w", "-R", request, root]);
  }
  const { status, vm, stderr } = await convert([disk], folder.file("out"), ["--name", "broken"]);
  assertEquals([status, vm.proof?.verdict], [8, "failed"], stderr);
  // The network may come up beside the emergency shell, or not.
  assert(["network", "login"].includes(vm.proof?.missing ?? ""), vm.proof?.missing);
  assertStringIncludes(vm.proof?.summary ?? "", "/data");
  assertStringIncludes(vm.proof?.summary ?? "", `milestone ${vm.proof?.missing} was not reached`);
});

testNeeding(
  NEEDS,
  "convert without drivers in the initramfs names the root that is not mounted, and undefines the machine",
  async () => {
    await using libvirt = await startLibvirt();
    await using folder = await TempFolder.create();
    await Deno.chmod(folder.path, 0o711);
    const { vmdk } = await ensureGuest("bios");
    // What an earlier run has left: the machine of these disks, and another one.
    define(libvirt, { name: "broken", disk: folder.file("out/broken.qcow2") });
    define(libvirt, { name: "other", disk: folder.file("out/other.qcow2") });
    const args = ["--name", "broken", "--initramfs", "off", "--uri", libvirt.uri, "--define", "--replace"];
    args.push("--undefine-on-failure");
    const { status, vm, stderr } = await convert([vmdk], folder.file("out"), args);
    assertEquals([status, vm.proof?.verdict, vm.proof?.missing], [8, "failed", "root-mounted"], stderr);
    assertStringIncludes(vm.proof?.summary ?? "", "milestone root-mounted was not reached");
    assertEquals(await libvirt.leftovers(), ["other"]);
  },
);

testNeeding(NEEDS, "convert names the interface that has another name", async () => {
  await using folder = await TempFolder.create();
  const { vmdk } = await ensureGuest("bios");
  // Another card than the one that the guest knows by its address, and nothing that tells it so.
  const mac = "52:54:00:12:34:56";
  const args = ["--name", "broken", "--mac", mac, "--nic-map", `${GUEST_INTERFACE}=${mac}`];
  const { status, vm, stderr } = await convert([vmdk], folder.file("out"), [
    ...args,
    ...["--skip-fix", "network-names"],
  ]);
  assertEquals([status, vm.proof?.verdict], [8, "failed"], stderr);
  const names = vm.proof?.differences?.filter(({ severity }) => severity === "critical");
  assertEquals(names?.[0]?.expected, GUEST_INTERFACE);
  assertStringIncludes(vm.proof?.summary ?? "", `expected ${GUEST_INTERFACE}`);
});
