/**
 * A guest that runs on VMware's devices is fixed over SSH, refuses what it must refuse, is fixed again after the
 * connection was cut, and then boots on virtio. One boot for all of it.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Report, VmReport } from "../../src/model/report.ts";
import { cliCommand, type CliResult, runCli } from "../support/cli.ts";
import { GUEST_INTERFACE, GUEST_MAC } from "../support/guests.ts";
import { ensureSshGuest, GUEST_SUDO_PASSWORD } from "../support/guests/ssh.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";
import { VmwareMachine } from "../support/vmware_machine.ts";

const NEEDS = {
  programs: ["qemu-img", "qemu-system-x86_64", "ssh", "mmdebstrap"],
  libraries: ["libguestfs.so.0"],
};

/** A booted guest and the command on it. */
class Bench {
  readonly machine: VmwareMachine;
  readonly folder: TempFolder;

  constructor(machine: VmwareMachine, folder: TempFolder) {
    this.machine = machine;
    this.folder = folder;
  }

  args(user: string, args: readonly string[], options = this.machine.options()): string[] {
    const ssh = options.map((one) => `--ssh-opt=${one}`);
    const out = this.folder.file("report");
    return ["live-fix", `${user}@127.0.0.1`, "--port", String(this.machine.port), "-o", out, ...ssh, ...args];
  }

  async liveFix(user: string, ...args: string[]): Promise<CliResult> {
    return await runCli(this.args(user, ["--json", ...args]), {
      LIVE_PW: GUEST_SUDO_PASSWORD,
      WRONG_PW: "wrong",
    });
  }

  /** A refusal: status, one line, a hint, and no password in any of it. */
  async refuses(user: string, args: readonly string[], status: number, message: RegExp): Promise<void> {
    const result = await this.liveFix(user, ...args);
    assertEquals(result.status, status, result.stderr);
    assertMatch(result.stderr, message);
    assertStringIncludes(result.stderr, "hint: ");
    assertEquals(result.stderr.includes(GUEST_SUDO_PASSWORD), false);
  }
}

function vmOf({ stdout }: CliResult): VmReport {
  return (JSON.parse(stdout) as Report).vms[0]!;
}

testNeeding(NEEDS, "live-fix takes a guest on VMware's devices to a proved boot on virtio", async () => {
  await using folder = await TempFolder.create();
  const guest = await ensureSshGuest();
  let disk = "";
  {
    await using machine = await VmwareMachine.boot(guest, folder);
    const bench = new Bench(machine, folder);
    disk = machine.disk;
    await refusals(bench);
    await full(bench);
    await readOnly(bench);
    await cutAndFinish(bench);
    await machine.powerOff();
  }
  const out = folder.file("kvm");
  const { status, stderr } = await runCli(["convert", disk, "-o", out, "--name", "web"]);
  assertEquals(status, 0, stderr);
  const [vm] = (JSON.parse(await Deno.readTextFile(`${out}/report.json`)) as Report).vms;
  // Nothing was left to do offline, so what booted is what live-fix has made.
  assertEquals(vm?.changes.map(({ path }) => path), []);
  const view = vm?.proof?.insideView;
  assertEquals([vm?.proof?.verdict, view?.rootDriver, view?.failedUnits], ["booted", "virtio_blk", []]);
  const cards = view?.interfaces.filter(({ driver }) => driver === "virtio_net");
  assertEquals(cards?.map(({ name, mac }) => [name, mac]), [[GUEST_INTERFACE, GUEST_MAC]]);
});

/** Who may not, with what is wrong. */
async function refusals(bench: Bench): Promise<void> {
  const stranger = bench.folder.file("stranger");
  await new Deno.Command("ssh-keygen", { args: ["-q", "-t", "ed25519", "-N", "", "-f", stranger] }).output();
  const plain = (options: string[]): Promise<CliResult> => runCli(bench.args("root", ["--dry-run"], options));
  const unknown = await plain(bench.machine.options("none"));
  assertEquals(unknown.status, 7, unknown.stderr);
  assertMatch(unknown.stderr, /its host key is not known/);
  const wrong = await plain(bench.machine.options("known_hosts", stranger));
  assertEquals(wrong.status, 3, wrong.stderr);
  assertMatch(wrong.stderr, /it refuses the key/);
  await bench.refuses("admin", [], 3, /admin is not root there/);
  await bench.refuses("admin", ["--sudo"], 3, /sudo asks for a password/);
  await bench.refuses("admin", ["--sudo", "--sudo-password-env=WRONG_PW"], 3, /sudo refuses the password/);
  await bench.refuses("visitor", ["--sudo", "--sudo-password-env=LIVE_PW"], 3, /sudo does not allow it/);
}

/** A disk without room is found out before anything is written. */
async function full(bench: Bench): Promise<void> {
  await bench.machine.run(
    "fallocate -l $(df -B1 --output=avail / | tail -n 1) /full",
  );
  await bench.refuses("root", [], 4, /\/ has .* free and the fixes need/);
  await bench.machine.run("rm /full");
  assertEquals(await bench.machine.run("ls /var/lib/hyper2kvm/live-fix/*/run.json 2>/dev/null; true"), "");
  await bench.refuses("root", ["--undo"], 9, /has no run that could be undone/);
}

/** A root that the kernel has made read-only. */
async function readOnly(bench: Bench): Promise<void> {
  await bench.machine.run("echo u >/proc/sysrq-trigger; sleep 1");
  await bench.refuses("deploy", ["--sudo"], 9, /\/dev\/sda1 on \/ is read-only/);
  await bench.machine.run("mount -o remount,rw /");
}

/** The connection is cut in the middle; the next run finishes, one more finds nothing, and undo knows the way back. */
async function cutAndFinish(bench: Bench): Promise<void> {
  const { machine } = bench;
  const plan = vmOf(await bench.liveFix("deploy", "--sudo", "--remove-vmware-tools", "--dry-run"));
  assertEquals(plan.status, "planned");
  assertMatch(await machine.run("cat /etc/fstab"), /^\/dev\/sda1 /m);
  await cut(bench);
  const fstab = await machine.run("cat /etc/fstab");
  assertMatch(fstab, /^(\/dev\/sda1|UUID=\S+) +\/ +ext4/m);

  const out = bench.folder.file("report");
  const args = ["--sudo", "--sudo-password-env=LIVE_PW", "--remove-vmware-tools"];
  const second = await bench.liveFix("admin", ...args);
  assertEquals(second.status, 0, second.stderr);
  const made = vmOf(second);
  assertEquals(
    new Set(made.changes.map(({ path }) => path)),
    new Set(plan.changes.map(({ path }) => path)),
  );
  const kept = made.leftAlone.find(({ path }) => path === "/etc/modules");
  assertStringIncludes(kept?.reason ?? "", '"vmxnet3" is for vmxnet3, which the machine runs on now');
  assertEquals(made.concerns.map(({ id }) => id).includes("live/task-done"), true, second.stdout);
  assertEquals(await bench.folder.names("report"), ["report.json", "report.md"]);
  const report = await Deno.readTextFile(`${out}/report.json`) + await Deno.readTextFile(`${out}/report.md`);
  assertEquals(report.includes(GUEST_SUDO_PASSWORD), false);
  assertEquals(await machine.run("ls /usr/bin/vmtoolsd 2>/dev/null; true"), "");
  assertEquals(
    await machine.run("find /etc /boot -name '*hyper2kvm-new'; cat /etc/modules | tail -n 1"),
    "vmxnet3\n",
  );

  const third = await bench.liveFix("root");
  assertEquals([third.status, vmOf(third).changes], [0, []], third.stderr);
  const undo = await bench.liveFix("root", "--undo", "--dry-run");
  const { restored } = JSON.parse(undo.stdout) as { restored: string[] };
  assert(["/etc/fstab", "/boot/grub/grub.cfg"].every((path) => restored.includes(path)), undo.stdout);
}

/** Kills the connection when the second file is written. */
async function cut(bench: Bench): Promise<void> {
  const child = cliCommand(bench.args("deploy", ["--sudo", "--remove-vmware-tools", "--progress", "json"]))
    .spawn();
  const stdout = child.stdout.cancel();
  let seen = "";
  let isCut = false;
  for await (const chunk of child.stderr.pipeThrough(new TextDecoderStream())) {
    seen += chunk;
    if (isCut || !seen.includes("/boot/grub/grub.cfg")) continue;
    isCut = true;
    await killMaster(child.pid);
  }
  await stdout;
  assertEquals((await child.status).code, 7, seen);
  assertStringIncludes(seen, "Run the same command again: it finishes.");
}

/** Ends the ssh that holds the connection of a process; any of its threads may have started it. */
async function killMaster(parent: number): Promise<void> {
  for await (const { name: thread } of Deno.readDir(`/proc/${parent}/task`)) {
    const children = await Deno.readTextFile(`/proc/${parent}/task/${thread}/children`);
    for (const pid of children.split(" ").filter((one) => one !== "")) {
      const line = await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
      if (!/^[^\0]*ssh\0-M\0/.test(line)) continue;
      Deno.kill(Number(pid), "SIGKILL");
      return;
    }
  }
  throw new Error(`process ${parent} has no connection`);
}
