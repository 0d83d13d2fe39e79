/** The pipeline with virt-v2v in it: keys, two machines at once, the boot proof. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { TextLineStream } from "@std/streams";
import type { RunEvent } from "../../src/model/event.ts";
import type { Report } from "../../src/model/report.ts";
import { cliCommand, runCli } from "../support/cli.ts";
import { ensureGuest, LUKS_PASSPHRASE } from "../support/guests.ts";
import { sha256 } from "../support/images.ts";
import { testNeeding } from "../support/needs.ts";
import { processesNaming } from "../support/processes.ts";
import { TempFolder } from "../support/temp.ts";

const PROGRAM = {
  programs: ["virt-v2v", "qemu-img", "qemu-system-x86_64"],
  libraries: ["libguestfs.so.0"],
};

// Keys go to the user's own folder in memory where there is one; the tests look into the other.
Deno.env.delete("XDG_RUNTIME_DIR");

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
    for (const [what, seen] of Object.entries({ running, text, report, logs: logs.join("") })) {
      const at = seen.indexOf(LUKS_PASSPHRASE);
      assert(at === -1, `${what}: ${seen.slice(Math.max(0, at - 200), at + 100)}`);
    }
    assertEquals(await secretsOf(child.pid), []);
    assertEquals((await folder.names("out")).filter((name) => name.startsWith(".")), []);
    assertEquals(await sha256(luks.vmdk), before);
  },
);
