/** virt-v2v itself, on small disks. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { type V2VOptions, VirtV2VConverter } from "../../src/orchestrator/virt_v2v_converter.ts";
import { MigrateError } from "../../src/model/error.ts";
import type { RunEvent } from "../../src/model/event.ts";
import type { Nic } from "../../src/model/source.ts";
import { runCommand } from "../../src/run/command.ts";
import type { V2VInput } from "../../src/v2v/input.ts";
import type { V2VDisk } from "../../src/v2v/source_xml.ts";
import { probeAccelerator } from "../../src/verify/kvm_probe.ts";
import { freePort } from "../support/free_port.ts";
import { GUEST_MAC } from "../support/guests.ts";
import { testNeeding } from "../support/needs.ts";
import { processesNaming } from "../support/processes.ts";
import { SshServer } from "../support/ssh_server.ts";
import { TempFolder } from "../support/temp.ts";

const NEEDS = { programs: ["virt-v2v", "qemu-img"] };
const NIC: Nic = { mac: GUEST_MAC, macOrigin: "guest", network: "VM Network", model: "vmxnet3" };

function options(folder: TempFolder, outputs: readonly string[]): V2VOptions {
  const disks = outputs.map((path) => ({
    path,
    image: path,
    format: "vmdk" as const,
    virtualSizeBytes: 1,
    allocatedSizeBytes: 1,
    files: [],
  }));
  return {
    source: { kind: "vmdk", location: folder.path, name: "shop", disks, machine: { nics: [NIC] } },
    nics: [NIC],
    outputs,
    format: "qcow2",
    logPath: folder.file("v2v.log"),
  };
}

async function converter(signal: AbortSignal, emit: (event: RunEvent) => void): Promise<VirtV2VConverter> {
  const { accelerator } = await probeAccelerator(signal);
  return new VirtV2VConverter({ accelerator, emit, signal });
}

async function blankDisk(folder: TempFolder, name: string): Promise<V2VDisk> {
  await runCommand("qemu-img", ["create", "-q", "-f", "vmdk", folder.file(name), "16M"]);
  return { path: folder.file(name), format: "vmdk" };
}

async function names(folder: TempFolder): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder.path))).map(({ name }) => name).toSorted();
}

/** Runs a command with a folder in the place of `~/.ssh`, in a mount namespace. */
const WITH_USER_FOLDER = `made=; [ -d ~/.ssh ] || { mkdir -m 700 ~/.ssh && made=1; }
mount --bind "$0" ~/.ssh && "$@"
status=$?
umount ~/.ssh
[ -z "$made" ] || rmdir ~/.ssh
exit $status`;

/** A machine on an ESXi host: a description, and a disk without a system whose data are in a file of their own. */
async function vmxMachine(folder: TempFolder): Promise<string> {
  const flat = ["-o", "subformat=monolithicFlat"];
  await runCommand("qemu-img", ["create", "-q", "-f", "vmdk", ...flat, folder.file("a.vmdk"), "16M"]);
  const lines = [
    ...[
      'config.version = "8"',
      'virtualHW.version = "13"',
      'guestOS = "debian10-64"',
      'displayName = "shop"',
    ],
    ...['memsize = "1024"', 'numvcpus = "2"', 'scsi0.present = "TRUE"', 'scsi0.virtualDev = "pvscsi"'],
    ...['scsi0:0.present = "TRUE"', 'scsi0:0.fileName = "a.vmdk"', ""],
  ];
  await Deno.writeTextFile(folder.file("shop.vmx"), lines.join("\n"));
  return folder.file("shop.vmx");
}

testNeeding(
  { programs: [...NEEDS.programs, "/usr/sbin/sshd", "ssh", "scp", "unshare", "mount"], root: true },
  "convert() has virt-v2v read a VMX and its disk over SSH, and gives its own words for a disk without a system",
  async () => {
    await using folder = await TempFolder.create();
    await using server = await SshServer.start();
    const input = { kind: "vmx-ssh", url: `ssh://root@127.0.0.1:${server.port}${await vmxMachine(folder)}` };
    const plan = { ...options(folder, [folder.file("shop.qcow2")]), retries: 2 };
    // virt-v2v takes the keys and the known hosts of the user's own folder: one of these in its place.
    const home = await server.userFolder(folder.file("ssh"));
    const program = fromFileUrl(new URL("../support/v2v_child.ts", import.meta.url));
    const args = ["run", "-A", "--no-check", program, JSON.stringify(input), JSON.stringify(plan)];
    const { stdout } = await runCommand("unshare", [
      ...["--mount", "sh", "-c", WITH_USER_FOLDER, home, Deno.execPath(), ...args],
    ]);
    const { code, message, hint } = JSON.parse(stdout);
    assertEquals(code, "guest/unsupported", stdout);
    assertStringIncludes(message, "Cannot convert with virt-v2v: inspection");
    assertStringIncludes(hint, "no operating system");
    const log = await Deno.readTextFile(plan.logPath);
    assertStringIncludes(log, `-i vmx ${input.url}`);
    assertEquals(log.match(/Inspecting the source/g)?.length, 1);
    assertEquals(await folder.names(), ["a-flat.vmdk", "a.vmdk", "shop.vmx", "ssh", "v2v.log"]);
  },
);

testNeeding(NEEDS, "convert() ends everything that virt-v2v has started when it is cancelled", async () => {
  await using folder = await TempFolder.create();
  const disks = [await blankDisk(folder, "a.vmdk"), await blankDisk(folder, "b.vmdk")];
  const abort = new AbortController();
  const v2v = await converter(abort.signal, (event) => {
    // The appliance is on its way up, and nbdkit or qemu-nbd serves the disks.
    if (event.type === "activity" && event.message === "Opening the source") {
      setTimeout(() => abort.abort(), 1500);
    }
  });
  const outputs = [folder.file("shop.qcow2"), folder.file("shop-2.qcow2")];
  const error = await assertRejects(() => v2v.convert(disks, options(folder, outputs)), MigrateError);
  assertEquals((error as MigrateError).code, "run/cancelled");
  await new Promise((resolve) => setTimeout(resolve, 500));
  assertEquals(await processesNaming(folder.path), []);
  assertEquals(await names(folder), ["a.vmdk", "b.vmdk", "v2v.log"]);
});

testNeeding(NEEDS, "convert() ends virt-v2v when its time is over", async () => {
  await using folder = await TempFolder.create();
  const disk = await blankDisk(folder, "a.vmdk");
  const v2v = await converter(new AbortController().signal, () => {});
  const limited = { ...options(folder, [folder.file("shop.qcow2")]), timeoutMs: 2_500, retries: 3 };
  const error = await assertRejects(() => v2v.convert([disk], limited), MigrateError) as MigrateError;
  assertEquals(error.code, "tool/timeout");
  assertEquals(await processesNaming(folder.path), []);
  assertEquals(await names(folder), ["a.vmdk", "v2v.log"]);
});

testNeeding(NEEDS, "convert() asks a server once more that does not answer", async () => {
  await using folder = await TempFolder.create();
  const port = freePort();
  const passwordFile = folder.file("password");
  await Deno.writeTextFile(passwordFile, "secret");
  const events: RunEvent[] = [];
  const v2v = await converter(new AbortController().signal, (event) => events.push(event));
  const input: V2VInput = {
    kind: "vcenter",
    uri: `vpx://user@127.0.0.1:${port}/DC/host?no_verify=1`,
    guest: "shop",
    passwordFile,
  };
  const patient = { ...options(folder, [folder.file("shop.qcow2")]), retries: 1 };
  const error = await assertRejects(() => v2v.convert(input, patient), MigrateError) as MigrateError;
  assertEquals(error.code, "network/failed");
  const log = await Deno.readTextFile(patient.logPath);
  assertEquals(log.match(/Setting up the source/g)?.length, 2);
  assert(events.some((event) => event.type === "activity" && event.message.startsWith("once more after:")));
});

/** Ends one virt-v2v as the kernel does when memory runs out; its children are for us to end. */
async function killV2v(folder: string): Promise<void> {
  const { stdout } = await runCommand("ps", ["-ww", "-eo", "pid=,args="]);
  const line = stdout.split("\n").find((one) =>
    /^\s*\d+ (\S*\/)?virt-v2v /.test(one) && one.includes(folder)
  );
  assert(line !== undefined, "virt-v2v does not run");
  Deno.kill(parseInt(line), "SIGKILL");
}

testNeeding(
  NEEDS,
  "convertParallel() gives back every result in order, also of one that is killed",
  async () => {
    await using folder = await TempFolder.create();
    for (const name of ["first", "killed", "last"]) await Deno.mkdir(folder.file(name));
    const v2v = await converter(new AbortController().signal, (event) => {
      const isOpened = event.type === "activity" && event.message === "Opening the source";
      if (isOpened && event.vm === "killed") killV2v(folder.file("killed"));
    });
    const tasks = await Promise.all(["first", "killed", "last"].map(async (name) => {
      const { source, ...rest } = options(folder, [folder.file(`${name}/shop.qcow2`)]);
      const logPath = folder.file(`${name}/v2v.log`);
      const extraArgs = name === "last" ? ["--no-such-option"] : [];
      const own = { ...rest, source: { ...source, name }, logPath, extraArgs };
      return { input: [await blankDisk(folder, `${name}/disk.vmdk`)], options: own };
    }));
    const outcomes = await v2v.convertParallel(tasks, { concurrency: 2 });
    const errors = outcomes.map((outcome) => outcome.status === "failed" ? outcome.error : undefined);
    assertEquals(errors.map((error) => error?.code), [
      "guest/unsupported",
      "tool/failed",
      "tool/failed",
    ]);
    assertStringIncludes(errors[0]?.hint ?? "", "no operating system");
    assertStringIncludes(errors[1]?.message ?? "", "something ended it (signal 9)");
    assertStringIncludes(errors[2]?.message ?? "", "no-such-option");
    for (const name of ["first", "killed", "last"]) {
      assertEquals(await folder.names(name), ["disk.vmdk", "v2v.log"]);
    }
    assertEquals(await processesNaming(folder.path), []);
  },
);
