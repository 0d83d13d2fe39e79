/**
 * A job of two disks is killed at forty seeded moments, and started again each time: what comes out is right, nothing
 * that was completed is done again, and nothing is left behind.
 */
import { assert, assertEquals } from "@std/assert";
import type { RunEvent } from "../../src/model/event.ts";
import type { Report } from "../../src/model/report.ts";
import type { Stage } from "../../src/model/stage.ts";
import { readStatus } from "../../src/orchestrator/status.ts";
import { runCommand } from "../../src/run/command.ts";
import { cliCommand, runCli } from "../support/cli.ts";
import { testNeeding } from "../support/needs.ts";
import { processesNaming } from "../support/processes.ts";
import { seeded } from "../support/seeded.ts";
import { makeSmallMachine, readFromImage, SMALL_MACHINE_NEEDS } from "../support/small_machine.ts";
import { TempFolder } from "../support/temp.ts";

const NEEDS = {
  programs: [...SMALL_MACHINE_NEEDS.programs, "qemu-system-x86_64", "sha256sum"],
  libraries: ["libguestfs.so.0"],
};

/** How many kills there are in each stage; the long ones get more. */
const KILLS: Readonly<Partial<Record<Stage, number>>> = {
  discover: 3,
  preflight: 3,
  open: 7,
  inspect: 5,
  fix: 6,
  copy: 8,
  verify: 4,
  define: 4,
};
/** How long after the beginning of a stage its kills come, at most, in milliseconds. */
const SPREAD_MS: Readonly<Partial<Record<Stage, number>>> = {
  open: 5_000,
  inspect: 800,
  fix: 700,
  copy: 250,
};
/** The stages that a run goes on with behind the fixes; their kills begin with fixed overlays. */
const AFTER_FIX: readonly Stage[] = ["copy", "verify", "define"];
/** Steps whose results a later run keeps once the last of them is completed. */
const KEPT: readonly (readonly Stage[])[] = [["open", "inspect", "fix"], ["copy", "verify"]];

const FINISHED = [
  ...["journal.sqlite", "report.html", "report.json", "report.md"],
  ...["small-2.qcow2", "small.qcow2", "small.sha256", "small.xml"],
];

/** One kill. */
interface Kill {
  readonly stage: Stage;
  readonly delayMs: number;
  /** The process alone, or its process group. */
  readonly group: boolean;
}

/** A folder with a job of its own. */
interface Lane {
  readonly folder: TempFolder;
  /** The SHA-256 of what fills the second disk. */
  readonly noise: string;
  readonly args: readonly string[];
  /** Takes the next kill: from the front, or from the back, where the kills are that begin with fixed overlays. */
  readonly next: (kills: Kill[]) => Kill | undefined;
  /** Whether the job has been finished here from nothing. */
  wasFinished: boolean;
}

/** How each lane takes its kills. */
const LANES: readonly Lane["next"][] = [(kills) => kills.shift(), (kills) => kills.pop()];

/** Starts the program, kills it in a stage, and waits for the end; false when it ended before. */
async function kill({ folder, args }: Lane, { stage, delayMs, group }: Kill): Promise<boolean> {
  const command = cliCommand([...args, "--progress", "json"], {}, { detached: true });
  const child = command.spawn();
  const stdout = child.stdout.cancel();
  const strike = (): void => {
    try {
      if (group) Deno.kill(-child.pid, "SIGKILL");
      else child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound) && !(error instanceof TypeError)) throw error;
    }
  };
  let rest = "", timer: ReturnType<typeof setTimeout> | undefined;
  for await (const chunk of child.stderr.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    const hasBegun = lines.map((line) => JSON.parse(line) as RunEvent)
      .some((event) => event.type === "stage-start" && event.stage === stage);
    if (hasBegun && timer === undefined) timer = setTimeout(strike, delayMs);
  }
  clearTimeout(timer);
  await stdout;
  const { signal } = await child.status;
  // The appliance ends when it notices; the next run must not find it at the disks.
  for (let wait = 0; wait < 100 && (await processesNaming(folder.path)).length > 0; wait++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return signal === "SIGKILL";
}

/** Runs the job to its end, and asserts what a user would look at. */
async function finish(lane: Lane, what: string): Promise<void> {
  const { folder, noise, args } = lane;
  // A kill that has left nothing, nowhere, is followed by the first run once more: one such run is enough.
  const isUntouched = (await folder.names()).every((name) => name.startsWith("disk-") || name === "saved");
  if (isUntouched && lane.wasFinished) return assertEquals(await processesNaming(folder.path), [], what);
  lane.wasFinished ||= isUntouched;
  const status = await readStatus(folder.file("out"));
  const completed = new Set(status?.machines[0]?.steps.map((step) => step.stage));
  const { status: exit, stderr } = await runCli(args);
  assertEquals(exit, 0, `${what}: ${stderr}`);
  const report = JSON.parse(await Deno.readTextFile(folder.file("out/report.json"))) as Report;
  // A run that was killed behind its last step had its reports to write at most: they tell of that run.
  const wasFinished = status?.machines[0]?.state === "succeeded";
  const done = report.vms[0]!.stages.filter((one) => one.status === "done").map((one) => one.stage);
  const again = wasFinished ? [] : done;
  for (const steps of KEPT) {
    if (completed.has(steps.at(-1)!)) assertEquals(again.filter((one) => steps.includes(one)), [], what);
  }
  assertEquals(await folder.names("out"), FINISHED, what);
  assertEquals(await processesNaming(folder.path), [], what);
  await runCommand("sha256sum", ["--check", "--strict", "small.sha256"], { cwd: folder.file("out") });
  const fstab = await readFromImage(folder.file("out/small.qcow2"), "/etc/fstab");
  assert(/^UUID=\S+ \/ ext4/m.test(fstab) && /^UUID=\S+ \/data ext4/m.test(fstab), `${what}: ${fstab}`);
  assertEquals(await noiseOf(folder.file("out/small-2.qcow2")), noise, what);
}

/** The SHA-256 of the file that fills most of the second disk. */
async function noiseOf(image: string): Promise<string> {
  const raw = `${image}.noise.raw`, file = `${image}.noise`;
  await runCommand("qemu-img", ["convert", "-O", "raw", "--", image, raw]);
  await runCommand("debugfs", ["-R", `dump /noise ${file}`, raw]);
  const { stdout } = await runCommand("sha256sum", [file]);
  for (const path of [raw, file]) await Deno.remove(path);
  return stdout.split(" ")[0]!;
}

async function makeLane(next: Lane["next"], index: number): Promise<Lane> {
  const folder = await TempFolder.create();
  const machine = await makeSmallMachine(folder.path, index + 1);
  const out = folder.file("out");
  const args = ["convert", ...machine.disks, "-o", out, "--name", "small", "--no-boot-proof", "--checksum"];
  const noise = await noiseOf(machine.disks[1]);
  return { folder, noise, args, next, wasFinished: false };
}

/** Makes the output folder what it is before a kill: empty, or what an earlier kill behind the fixes has left. */
async function prepare(lane: Lane, { stage }: Kill): Promise<void> {
  const { folder } = lane;
  const [out, saved] = [folder.file("out"), folder.file("saved")];
  await runCommand("rm", ["-rf", out]);
  if (!AFTER_FIX.includes(stage)) return;
  if (!await exists(saved)) {
    assert(await kill(lane, { stage: "copy", delayMs: 0, group: false }));
    await runCommand("cp", ["-a", out, saved]);
    await runCommand("rm", ["-rf", out]);
  }
  await runCommand("cp", ["-a", saved, out]);
}

/** Works through what is left of the kills, one after the other; returns how many hit a run. */
async function work(lane: Lane, kills: Kill[]): Promise<number> {
  let count = 0;
  for (let one = lane.next(kills); one !== undefined; one = lane.next(kills)) {
    // A run that was faster than its kill is begun anew, and killed sooner.
    for (const delayMs of [one.delayMs, one.delayMs / 4, 0]) {
      await prepare(lane, one);
      if (!await kill(lane, { ...one, delayMs })) continue;
      count++;
      break;
    }
    await finish(lane, `${one.stage} + ${Math.round(one.delayMs)} ms, ${one.group ? "group" : "process"}`);
  }
  return count;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

testNeeding(
  NEEDS,
  "convert killed at forty moments of a job of two disks is right when it is run again",
  async () => {
    const random = seeded(6);
    const kills = Object.entries(KILLS).flatMap(([stage, count]) =>
      Array.from({ length: count }, (_, index): Kill => ({
        stage: stage as Stage,
        delayMs: random() * (SPREAD_MS[stage as Stage] ?? 30),
        group: index % 2 === 1,
      }))
    );
    assertEquals(kills.length, 40);
    const lanes = await Promise.all(LANES.map(makeLane));
    try {
      // A lane that fails lets the other come to its end, or a run would outlive its folder.
      const outcomes = await Promise.allSettled(lanes.map((lane) => work(lane, kills)));
      const counts = outcomes.map((outcome) => {
        if (outcome.status === "rejected") throw outcome.reason;
        return outcome.value;
      });
      // Every kill hit a run: none was too late.
      assertEquals(counts.reduce((sum, count) => sum + count, 0), 40);
    } finally {
      for (const { folder } of lanes) await folder[Symbol.asyncDispose]();
    }
  },
);
