/** virt-v2v itself, on small disks and on the real guest. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type V2VOptions, VirtV2VConverter } from "../../src/orchestrator/virt_v2v_converter.ts";
import { MigrateError } from "../../src/model/error.ts";
import type { RunEvent } from "../../src/model/event.ts";
import type { Nic } from "../../src/model/source.ts";
import { TextLineStream } from "@std/streams";
import { runCommand } from "../../src/run/command.ts";
import type { V2VInput } from "../../src/v2v/input.ts";
import type { V2VDisk } from "../../src/v2v/source_xml.ts";
import { probeAccelerator } from "../../src/verify/kvm_probe.ts";
import type { Report } from "../../src/model/report.ts";
import { cliCommand, runCli } from "../support/cli.ts";
import { ensureGuest, GUEST_MAC, LUKS_PASSPHRASE } from "../support/guests.ts";
import { sha256 } from "../support/images.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

const NEEDS = { programs: ["virt-v2v", "qemu-img"] };
const PROGRAM = {
  programs: [...NEEDS.programs, "qemu-system-x86_64"],
  libraries: ["libguestfs.so.0"],
};
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

/** Command lines of the processes that work in a folder. */
async function processesOf(folder: TempFolder): Promise<string[]> {
  const { stdout } = await runCommand("ps", ["-ww", "-eo", "stat=,args="]);
  return stdout.split("\n").filter((line) => line.includes(folder.path) && !line.startsWith("Z"));
}

async function names(folder: TempFolder): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder.path))).map(({ name }) => name).toSorted();
}

testNeeding(NEEDS, "convert() gives virt-v2v's own words for a disk without a system", async () => {
  await using folder = await TempFolder.create();
  const disk = await blankDisk(folder, "a.vmdk");
  const v2v = await converter(new AbortController().signal, () => {});
  const convert = (): Promise<unknown> => v2v.convert([disk], options(folder, [folder.file("shop.qcow2")]));
  const error = await assertRejects(
    convert,
    MigrateError,
    "Cannot convert with virt-v2v: inspection",
  ) as MigrateError;
  assertEquals(error.code, "guest/unsupported");
  assertStringIncludes(error.hint ?? "", "no operating system");
  assertEquals(await names(folder), ["a.vmdk", "v2v.log"]);
});

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
  assertEquals(await processesOf(folder), []);
  assertEquals(await names(folder), ["a.vmdk", "b.vmdk", "v2v.log"]);
});

testNeeding(NEEDS, "convert() ends virt-v2v when its time is over", async () => {
  await using folder = await TempFolder.create();
  const disk = await blankDisk(folder, "a.vmdk");
  const v2v = await converter(new AbortController().signal, () => {});
  const limited = { ...options(folder, [folder.file("shop.qcow2")]), timeoutMs: 2_500, retries: 3 };
  const error = await assertRejects(() => v2v.convert([disk], limited), MigrateError) as MigrateError;
  assertEquals(error.code, "tool/timeout");
  assertEquals(await processesOf(folder), []);
  assertEquals(await names(folder), ["a.vmdk", "v2v.log"]);
});

testNeeding(NEEDS, "convert() asks a server once more that does not answer", async () => {
  await using folder = await TempFolder.create();
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = closed.addr as Deno.NetAddr;
  closed.close();
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
      const own = { ...rest, source: { ...source, name }, logPath };
      return { input: [await blankDisk(folder, `${name}/disk.vmdk`)], options: own };
    }));
    const outcomes = await v2v.convertParallel(tasks, { concurrency: 2 });
    const errors = outcomes.map((outcome) => outcome.status === "failed" ? outcome.error : undefined);
    assertEquals(errors.map((error) => error?.code), [
      "guest/unsupported",
      "tool/failed",
      "guest/unsupported",
    ]);
    assertStringIncludes(errors[1]?.message ?? "", "something ended it (signal 9)");
    for (const name of ["first", "killed", "last"]) {
      assertEquals(await folder.names(name), ["disk.vmdk", "v2v.log"]);
    }
    assertEquals(await processesOf(folder), []);
  },
);

/** Folders of secrets in memory that belong to a process. */
async function secretsOf(pid: number): Promise<string[]> {
  const names = (await Array.fromAsync(Deno.readDir("/dev/shm"))).map(({ name }) => name);
  return names.filter((name) => name.startsWith(`.hyper2kvm-secrets-${pid}-`));
}

testNeeding(
  PROGRAM,
  "convert killed while virt-v2v has a key leaves nothing to the run after it",
  async () => {
    await using folder = await TempFolder.create();
    const { vmdk } = await ensureGuest("luks");
    const args = [
      "convert",
      vmdk,
      "-o",
      folder.file("out"),
      "--name",
      "luks",
      "--use-v2v",
      "--luks-key",
      "all=env:KEY",
    ];
    const child = cliCommand([...args, "--progress", "json"], { KEY: LUKS_PASSPHRASE, XDG_RUNTIME_DIR: "" })
      .spawn();
    const stdout = child.stdout.cancel();
    let seen = "", kept: string[] = [];
    for await (const chunk of child.stderr.pipeThrough(new TextDecoderStream())) {
      seen += chunk;
      if (kept.length > 0 || !seen.includes("Opening the source")) continue;
      kept = await secretsOf(child.pid);
      child.kill("SIGKILL");
    }
    await stdout;
    assertEquals((await child.status).signal, "SIGKILL", seen);
    assertEquals(kept.length, 1);
    const { status } = await runCli(["convert", folder.file("nothing.vmdk"), "-o", folder.file("out")]);
    assertEquals(status, 9);
    assertEquals(await secretsOf(child.pid), []);
    assertEquals(await processesOf(folder), []);
    assertEquals((await folder.names("out")).filter((name) => name.startsWith(".hyper2kvm")), []);
  },
);

/** Command lines and environments of all processes but this one and the program itself, while they run. */
async function readProcesses(except: number): Promise<string> {
  let all = "";
  for await (const { name } of Deno.readDir("/proc")) {
    const pid = Number(name);
    if (!(pid > 0) || pid === Deno.pid || pid === except) continue;
    for (const file of ["cmdline", "environ"]) {
      all += await Deno.readTextFile(`/proc/${name}/${file}`).catch(() => "");
    }
  }
  return all;
}

/** When virt-v2v began and ended with a machine, by the events of a run in milliseconds. */
function spanOf(vm: string, stage: string, events: readonly (RunEvent & { at: number })[]): [number, number] {
  const at = (type: string): number =>
    events.find((one) => one.type === type && one.vm === vm && "stage" in one && one.stage === stage)?.at ??
      NaN;
  return [at("stage-start"), at("stage-end")];
}

testNeeding(
  PROGRAM,
  "run has virt-v2v convert two machines at once, and the one that can boot alone does",
  async () => {
    await using folder = await TempFolder.create();
    const [luks, lvm2] = [await ensureGuest("luks"), await ensureGuest("lvm2")];
    const before = await sha256(luks.vmdk);
    const out = folder.file("out");
    await Deno.writeTextFile(
      folder.file("job.json"),
      JSON.stringify({
        output: out,
        vms: [
          // Its new initramfs asks a person for the passphrase.
          { name: "luks", source: [luks.vmdk], post_v2v: true, luks_key: ["all=env:KEY"], boot_proof: false },
          { name: "lvm2", source: lvm2.disks.map(({ vmdk }) => vmdk), use_v2v: true },
        ],
      }),
    );
    const args = [
      "run",
      folder.file("job.json"),
      "--progress",
      "json",
      "--v2v-concurrency",
      "2",
      "--max-vms",
      "2",
    ];
    const child = cliCommand(args, { KEY: LUKS_PASSPHRASE, XDG_RUNTIME_DIR: "" }).spawn();
    const stdout = new Response(child.stdout).text();
    const events: (RunEvent & { at: number })[] = [];
    let text = "", running = "";
    for await (
      const line of child.stderr.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
    ) {
      text += `${line}\n`;
      if (!line.startsWith("{")) continue;
      const event = JSON.parse(line) as RunEvent;
      events.push({ ...event, at: performance.now() });
      if (event.type === "activity" && /^(Opening the source|Converting )/.test(event.message)) {
        running += await readProcesses(child.pid);
      }
    }
    text += await stdout;
    assertEquals((await child.status).code, 0, text);
    const [[luksFrom, luksTo], [lvm2From, lvm2To]] = [
      spanOf("luks", "copy", events),
      spanOf("lvm2", "fix", events),
    ];
    assert(luksFrom < lvm2To && lvm2From < luksTo, "one after the other");
    const report = await Deno.readTextFile(`${out}/report.json`);
    const { vms } = JSON.parse(report) as Report;
    assertEquals(vms.map(({ name, status, proof }) => [name, status, proof?.verdict]), [
      ["luks", "succeeded", undefined],
      ["lvm2", "succeeded", "booted"],
    ]);
    assertEquals(vms[1]?.proof?.insideView?.rootDriver, "virtio_blk");
    assertEquals(vms[1]?.outputs.map(({ path }) => path), [`${out}/lvm2.qcow2`, `${out}/lvm2-2.qcow2`]);
    assert(vms[0]!.changes.some(({ path }) => path === "/etc/crypttab"), "our fixes come first");
    for (const vm of vms) assert(vm.concerns.some(({ id }) => id === "v2v/info"));
    assert(events.some((event) => event.type === "progress" && event.stage === "fix" && event.disk === 1));
    const logs = await Promise.all(
      ["luks", "lvm2"].map((vm) => Deno.readTextFile(`${out}/logs/${vm}-virt-v2v.log`)),
    );
    assertStringIncludes(logs[1]!, "Copying disk 2/2");
    assertStringIncludes(running, "virt-v2v\0");
    for (const seen of [running, text, report, ...logs]) assert(!seen.includes(LUKS_PASSPHRASE));
    assertEquals(await secretsOf(child.pid), []);
    assertEquals((await folder.names("out")).filter((name) => name.startsWith(".")), []);
    assertEquals(await sha256(luks.vmdk), before);
  },
);
