/**
 * Live fix: the Linux fixes on a guest that runs, over SSH, before it is moved. The guest still boots where it is.
 *
 * @module
 */
import { join } from "@std/path";
import type { Fix, FixOptions, FixPlan } from "../fix/fix.ts";
import { blockedBy } from "../fix/blocked.ts";
import { planFixes } from "../fix/plan_fixes.ts";
import { LINUX_FIXES } from "../fix/registry.ts";
import { WorkDir } from "../run/workdir.ts";
import { chooseNics } from "../guest/nic_choices.ts";
import { type FileChange, withoutSecrets } from "../model/change.ts";
import type { MigrateError } from "../model/error.ts";
import type { EventSink } from "../model/event.ts";
import type { Report } from "../model/report.ts";
import type { SshAddress } from "../ssh/address.ts";
import type { SshChoices } from "../ssh/arguments.ts";
import { SshSession } from "../ssh/session.ts";
import { applyLive } from "./apply.ts";
import { keepingHardware } from "./keep_hardware.ts";
import { LiveProgress } from "./progress.ts";
import { RemoteRoot, type RootAccess } from "./remote_root.ts";
import { checkLiveRoom } from "./room.ts";
import { RunRecords } from "./run_record.ts";
import { type RunningGuest, surveyGuest } from "./running_guest.ts";
import { runTasks, withoutAnnouncements } from "./tasks.ts";
import { nothingToUndo, undoLast, type Undone } from "./undo.ts";

/** Which guest, and how it is reached. */
export interface LiveTarget {
  /** Where it is. */
  readonly address: SshAddress;
  /** Options for ssh. */
  readonly choices: SshChoices;
  /** How one becomes root. */
  readonly access: RootAccess;
  /** Asked for the password of sudo when sudo wants one; undefined when nobody can answer. */
  readonly askPassword?: () => string | undefined;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Receives events. */
  readonly emit: EventSink;
}

/** What makes no sense for a guest that runs on, and what is always so. */
const NOT_LIVE = {
  backup: true,
  resetMachineId: false,
  firstBoot: [],
  cloudInit: null,
  tasks: "now",
} as const satisfies Partial<FixOptions>;

/** What is done to it. */
export interface LiveFixOptions extends LiveTarget {
  /** Options of the fixes. */
  readonly fix: Omit<FixOptions, keyof typeof NOT_LIVE>;
  /** Fixes of plugins. */
  readonly moreFixes?: readonly Fix[];
  /** Ids of fixes to leave out. */
  readonly skipped: readonly string[];
  /** `NAME=MAC`, as for a conversion. */
  readonly nicMappings: readonly string[];
  /** Whether to look only. */
  readonly dryRun: boolean;
}

/**
 * Fixes a running guest; what happened, also a failure, is in the report.
 *
 * @returns the report, and the error when it failed
 */
export async function liveFix(
  options: LiveFixOptions,
): Promise<{ readonly report: Report; readonly error?: MigrateError }> {
  const progress = new LiveProgress(options.address.host, options.emit);
  try {
    await using work = await WorkDir.create(await temporaryFolder());
    await fixGuest(options, progress, work.path);
    return { report: progress.report(options.dryRun ? "planned" : "succeeded") };
  } catch (error) {
    const failure = progress.fail(error);
    const status = failure.code === "run/cancelled" ? "cancelled" : "failed";
    return { report: progress.report(status), error: failure };
  }
}

/** A folder of this user alone, in which the next run finds what a killed one has left. */
async function temporaryFolder(): Promise<string> {
  const folder = join(Deno.env.get("TMPDIR") ?? "/tmp", `hyper2kvm-live-${Deno.uid() ?? 0}`);
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

async function fixGuest(options: LiveFixOptions, progress: LiveProgress, workDir: string): Promise<void> {
  await using login = await announcedLogIn(options, progress);
  const { root } = login;
  const running = await progress.stage("inspect", "Look at the guest", async () => {
    const found = await surveyGuest(root);
    progress.found({ guest: found.guest, nics: found.nics });
    return [
      found,
      `${found.guest.productName} on ${found.guest.root}, ${found.hardware.vendor || "no vendor"}`,
    ];
  });
  const nics = chooseNics(running.nics, { macs: [], mappings: options.nicMappings });
  progress.found({ nics });
  await progress.stage("fix", options.dryRun ? "Plan the fixes" : "Fix the guest", async () => {
    const plan = await planLive({ ...running, nics }, options, workDir);
    progress.found({ leftAlone: plan.leftAlone, changes: plan.changes, concerns: plan.concerns });
    if (!options.dryRun) await applyPlan(root, running, plan, options, progress, workDir);
    const files = new Set(plan.changes.map(({ path }) => path)).size;
    return [undefined, files === 0 ? "nothing to change" : files === 1 ? "1 file" : `${files} files`];
  });
}

/** Plans the same fixes as offline, without what the machine needs where it is. */
async function planLive(running: RunningGuest, options: LiveFixOptions, workDir: string): Promise<FixPlan> {
  const { guest, files, nics, hardware } = running;
  const context = {
    guest,
    files,
    nics,
    options: { ...options.fix, ...NOT_LIVE },
    workDir,
    signal: options.signal,
  };
  const fixes = keepingHardware([...LINUX_FIXES, ...options.moreFixes ?? []], hardware, running.release);
  return await planFixes(context, fixes, options.skipped);
}

async function applyPlan(
  root: RemoteRoot,
  running: RunningGuest,
  plan: FixPlan,
  { signal }: LiveFixOptions,
  progress: LiveProgress,
  workDir: string,
): Promise<void> {
  await using records = await RunRecords.open(root);
  const blocked = blockedBy(plan.concerns);
  if (blocked !== null) throw blocked;
  const changes = plan.changes.filter((change) => change.kind !== "size"); // disks grow offline
  await checkLiveRoom(root, changes, running.guest.mounts);
  const { drivers } = running.hardware;
  const made: FileChange[] = [];
  progress.found({ changes: made }); // what a failure leaves in the report
  const onChange = ({ path }: FileChange): void => progress.say(path);
  const onDone = (change: FileChange): void => void made.push(change);
  const { record, concerns } = await applyLive(changes, {
    root,
    records,
    workDir,
    signal,
    drivers,
    onChange,
    onDone,
  });
  progress.found({ concerns: [...plan.concerns, ...concerns], changes: withoutSecrets(record.changes) });
  if (running.init === "systemd" && record.changes.length > 0) {
    const done = await runTasks(root, (unit) => progress.say(`running ${unit} in the guest`));
    progress.found({ concerns: [...withoutAnnouncements(plan.concerns), ...concerns, ...done] });
  }
  if (record.changes.length > 0) await records.mark(record.id, "finished");
}

/** Undoes the last run; throws where {@linkcode liveFix} reports. */
export async function liveUndo(target: LiveTarget, dryRun: boolean): Promise<Undone> {
  const progress = new LiveProgress(target.address.host, target.emit);
  await using login = await announcedLogIn(target, progress);
  const { root } = login;
  const { signal } = target;
  return await progress.stage("fix", "Undo the last run", async () => {
    // Without a record nothing is written, not even a lock.
    if (!await RunRecords.exist(root)) throw nothingToUndo(root.host);
    await using records = await RunRecords.open(root);
    const undone = await undoLast({ root, records, dryRun, signal });
    return [undone, `${undone.restored.length} files`];
  });
}

/** Logs in as a stage; a question for a password comes before anything is drawn on the terminal. */
async function announcedLogIn(target: LiveTarget, progress: LiveProgress): Promise<Login> {
  const early = target.askPassword === undefined ? undefined : await logIn(target);
  const work = async (): Promise<readonly [Login, string]> => [
    early ?? await logIn(target),
    `root on ${target.address.host}`,
  ];
  return await progress.stage("open", "Log in", work);
}

/** A connection with root behind it. */
interface Login extends AsyncDisposable {
  readonly root: RemoteRoot;
}

/** Connects and becomes root; asks for the password of sudo when it turns out that sudo wants one. */
async function logIn({ address, choices, access, askPassword, signal }: LiveTarget): Promise<Login> {
  await using resources = new AsyncDisposableStack();
  const session = resources.use(await SshSession.open(address, choices, signal));
  const root = await RemoteRoot.open(session, access, askPassword);
  const kept = resources.move();
  return { root, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
