/** The pipeline with virt-v2v in it: keys, two machines at once, the boot proof. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { TextLineStream } from "@std/streams";
import type { RunEvent } from "../../src/model/event.ts";
import type { Report, VmReport } from "../../src/model/report.ts";
import { runCommand } from "../../src/run/command.ts";
import { cliCommand, runCli } from "../support/cli.ts";
import { ensureGuest, LUKS_PASSPHRASE } from "../support/guests.ts";
import { sha256 } from "../support/images.ts";
import { testNeeding } from "../support/needs.ts";
import { processesNaming } from "../support/processes.ts";
import { TempFolder } from "../support/temp.ts";

const PROGRAM = {
  programs: ["virt-v2v", "qemu-img", "qemu-system-x86_64", "cryptsetup"],
  libraries: ["libguestfs.so.0"],
};

// Keys go to the user's own folder in memory where there is one; the tests look into the other.
Deno.env.delete("XDG_RUNTIME_DIR");

/** Folders of secrets in memory that belong to a process. */
async function secretsOf(pid: number): Promise<string[]> {
  const names = (await Array.fromAsync(Deno.readDir("/dev/shm"))).map(({ name }) => name);
  return names.filter((name) => name.startsWith(`.hyper2kvm-secrets-${pid}-`));
}

/** A small disk that is encrypted as a whole, with nothing in it. */
async function encryptedDisk(path: string): Promise<void> {
  await runCommand("qemu-img", ["create", "-q", "-f", "raw", path, "16M"]);
  const stdin = new TextEncoder().encode(LUKS_PASSPHRASE);
  await runCommand("cryptsetup", [
    "luksFormat",
    "--type",
    "luks1",
    "--pbkdf-force-iterations",
    "1000",
    path,
    "-",
  ], {
    stdin,
  });
}

testNeeding(
  PROGRAM,
  "convert killed while virt-v2v has a key leaves nothing to the run after it",
  async () => {
    await using folder = await TempFolder.create();
    await encryptedDisk(folder.file("luks.raw"));
    const args = [
      "convert",
      folder.file("luks.raw"),
      "-o",
      folder.file("out"),
      "--name",
      "luks",
      "--use-v2v",
      "--luks-key",
      "all=env:KEY",
    ];
    const child = cliCommand([...args, "--progress", "json"], { KEY: LUKS_PASSPHRASE })
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
    assertEquals(await processesNaming(folder.path), []);
    assertEquals((await folder.names("out")).filter((name) => name.startsWith(".hyper2kvm")), []);
  },
);

/**
 * Command lines and environments of all programs but this one and ours, while they run. Where libguestfs watches over
 * an appliance there is a fork of ours: the same command line, and the environment that ours was started with.
 */
async function readProcesses(ours: number): Promise<string> {
  const read = (pid: number | string, file: string): Promise<string> =>
    Deno.readTextFile(`/proc/${pid}/${file}`).catch(() => "");
  const ourLine = await read(ours, "cmdline");
  let all = "";
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === Deno.pid) continue;
    const line = await read(name, "cmdline");
    if (line !== ourLine) all += line + await read(name, "environ");
  }
  return all;
}

/** When virt-v2v began with a machine and its stage ended, by the events of a run in milliseconds. */
function spanOf(vm: string, stage: string, events: readonly (RunEvent & { at: number })[]): [number, number] {
  const own = events.filter((one) => "vm" in one && one.vm === vm && "stage" in one && one.stage === stage);
  const begin = own.find((one) => one.type === "activity" && one.message === "Opening the source");
  return [begin?.at ?? NaN, own.find(({ type }) => type === "stage-end")?.at ?? NaN];
}

testNeeding(
  PROGRAM,
  "run has virt-v2v convert two machines at once, both boot, and a third one's failure stops neither",
  async () => {
    await using folder = await TempFolder.create();
    const [luks, lvm2] = [await ensureGuest("luks"), await ensureGuest("lvm2")];
    const before = await sha256(luks.vmdk);
    const out = folder.file("out");
    await runCommand("qemu-img", ["create", "-q", "-f", "vmdk", folder.file("b.vmdk"), "16M"]);
    await Deno.writeTextFile(
      folder.file("job.json"),
      JSON.stringify({
        output: out,
        vms: [
          // Its new initramfs asks for the passphrase, which the boot proof types.
          { name: "luks", source: [luks.vmdk], use_v2v: true, luks_key: ["all=env:KEY"] },
          { name: "refused", source: [folder.file("b.vmdk")], use_v2v: true, v2v_arg: ["--no-such-option"] },
          { name: "lvm2", source: lvm2.disks.map(({ vmdk }) => vmdk), post_v2v: true },
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
      "3",
      // The first that is done can boot while the other one is converted.
      "--workers",
      "3",
    ];
    const child = cliCommand(args, { KEY: LUKS_PASSPHRASE }).spawn();
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
    assertEquals((await child.status).code, 1, text);
    const [[luksFrom, luksTo], [lvm2From, lvm2To]] = [
      spanOf("luks", "fix", events),
      spanOf("lvm2", "copy", events),
    ];
    assert(luksFrom < lvm2To && lvm2From < luksTo, "one after the other");
    const report = await Deno.readTextFile(`${out}/report.json`);
    const { vms } = JSON.parse(report) as Report;
    assertEquals(vms.map(({ name, status, proof }) => [name, status, proof?.verdict]), [
      ["luks", "succeeded", "booted"],
      ["refused", "failed", undefined],
      ["lvm2", "succeeded", "booted"],
    ]);
    const [encrypted, refused, spread] = vms;
    assertEquals(encrypted?.proof?.insideView?.rootSource, "/dev/mapper/vmguest--vg-root");
    assertStringIncludes(text, "it gets one of --luks-key: Please unlock disk sda2_crypt");
    assertStringIncludes(refused?.error?.message ?? "", "no-such-option");
    assertEquals(spread?.proof?.insideView?.rootDriver, "virtio_blk");
    assertEquals(spread?.outputs.map(({ path }) => path), [`${out}/lvm2.qcow2`, `${out}/lvm2-2.qcow2`]);
    const fixes = (vm?: VmReport): string[] => [...new Set(vm?.changes.map(({ fix }) => fix))];
    assertEquals(fixes(encrypted), ["crypttab", "crypttab-initramfs"]);
    assert(fixes(spread).includes("fstab"), "our fixes come first");
    for (const vm of [encrypted, spread]) assert(vm?.concerns.some(({ id }) => id === "v2v/info"));
    assert(events.some((event) => event.type === "progress" && event.stage === "copy" && event.disk === 1));
    const logs = await Promise.all(
      ["luks", "lvm2"].map((vm) => Deno.readTextFile(`${out}/logs/${vm}-virt-v2v.log`)),
    );
    assertStringIncludes(logs[1]!, "Copying disk 2/2");
    assertStringIncludes(running, "virt-v2v\0");
    for (const [what, seen] of Object.entries({ running, text, report, logs: logs.join("") })) {
      const at = seen.indexOf(LUKS_PASSPHRASE);
      assert(at === -1, `${what}: ${seen.slice(Math.max(0, at - 200), at + 100)}`);
    }
    assertEquals(await secretsOf(child.pid), []);
    assertEquals((await folder.names("out")).filter((name) => name.startsWith(".")), []);
    assertEquals(await sha256(luks.vmdk), before);
  },
);
