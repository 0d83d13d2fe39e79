/**
 * Finds out whether KVM works. `/dev/kvm` can exist and its guests hang, so a guest of 512 bytes is run: it
 * writes to the debug exit port, and qemu ends with status 33. Where that works, a kernel has to come up, too.
 *
 * @module
 */
import { join } from "@std/path";
import { cancelled } from "../model/error.ts";
import { cacheFolder, deviceIdentity, isRemembered, recordPath, rememberKvm } from "./known_kvm.ts";
import { kernelArgs, readableKernel } from "./kernel_probe.ts";
import { ChildGroup } from "../run/command.ts";
import { sandboxFacts } from "../run/process_identity.ts";
import type { Accelerator } from "../run/context.ts";

/** What the probe found. */
export interface AcceleratorProbe {
  /** What to run guests with. */
  readonly accelerator: Accelerator;
  /** Why, one phrase for the report. */
  readonly reason: string;
}

/** How long a working KVM may take, in milliseconds; it needs a fraction of a second. */
const LIMIT_MS = 3_000;
/** How long a kernel may take under a working KVM, in milliseconds; it needs one or two seconds. */
const KERNEL_LIMIT_MS = 20_000;
/** `(0x10 << 1) | 1`: qemu's status when a guest writes 0x10 to isa-debug-exit. */
const PROOF_STATUS = 33;

let known: Promise<AcceleratorProbe> | undefined;

/**
 * Says which accelerator works here. Probes once in a run, for a second or two where it works and for 23 at most; a hang that an earlier
 * run has seen since this boot is believed without waiting again (see `known_kvm.ts`), unless `afresh`.
 *
 * @throws {MigrateError} `run/cancelled`, `tool/missing` when qemu is not installed but /dev/kvm is there
 */
export async function probeAccelerator(
  signal?: AbortSignal,
  { afresh = false, remember = true }: ProbeOptions = {},
): Promise<AcceleratorProbe> {
  if (signal?.aborted) throw cancelled();
  const told = sandboxFacts();
  if (told !== null) {
    return await (known ??= Promise.resolve({
      accelerator: told.accelerator,
      reason: told.acceleratorReason,
    }));
  }
  const cache = cacheFolder();
  const record = cache === null ? undefined : { path: recordPath(cache), afresh, remember };
  known ??= probe("/dev/kvm", signal, record);
  try {
    return await known;
  } catch (error) {
    known = undefined; // a cancelled or broken probe says nothing about the next
    throw error;
  }
}

/**
 * Believes from now on, in this run and in later ones of this boot, that KVM does not work: a guest larger than the
 * probe's has hung, or its qemu has ended. Returns what {@linkcode probeAccelerator} answers from here on.
 */
export async function distrustKvm(): Promise<AcceleratorProbe> {
  const device = "/dev/kvm", cache = cacheFolder();
  const probed: AcceleratorProbe = {
    accelerator: "tcg",
    reason: `${device} exists, but a larger guest did not start under it`,
  };
  known = Promise.resolve(probed);
  // The cache in a sandbox ends with it.
  if (cache !== null && sandboxFacts() === null) {
    await rememberKvm(recordPath(cache), await deviceIdentity(device));
  }
  return probed;
}

/** How the probe treats what earlier runs have found. */
export interface ProbeOptions {
  /** Probe even when a hang is on record. */
  readonly afresh?: boolean;
  /** Whether a hang may be written down (default: yes). */
  readonly remember?: boolean;
}

/** Where hangs are remembered. */
export interface HangRecord extends ProbeOptions {
  /** Path of the record. */
  readonly path: string;
}

/** Probes one KVM device; without a record a hang is not remembered. */
export async function probe(
  device: string,
  signal?: AbortSignal,
  record?: HangRecord,
): Promise<AcceleratorProbe> {
  const obstacle = await deviceObstacle(device);
  if (obstacle !== undefined) return { accelerator: "tcg", reason: obstacle };
  const identity = record === undefined ? "" : await deviceIdentity(device);
  if (record !== undefined && record.afresh !== true && await isRemembered(record.path, identity)) {
    const reason = `${device} exists, but did not work when it was tried since this boot`;
    return { accelerator: "tcg", reason };
  }
  const remember = record !== undefined && record.remember !== false;
  const status = await runBootSector("kvm", signal);
  if (status !== undefined && status !== PROOF_STATUS) {
    return { accelerator: "tcg", reason: `${device} exists, but qemu cannot use it (exit status ${status})` };
  }
  const runs = `${record?.path}-runs-kernels`;
  const isKnown = record !== undefined && record.afresh !== true && await isRemembered(runs, identity);
  const comesUp = status === PROOF_STATUS && (isKnown || await runKernel("kvm", signal));
  if (remember && !isKnown) await rememberKvm(comesUp ? runs : record.path, identity);
  if (comesUp) return { accelerator: "kvm", reason: `a test guest ran under ${device}` };
  const guest = status === undefined
    ? `a test guest did not finish under it within ${LIMIT_MS / 1000} s`
    : `a kernel did not come up under it within ${KERNEL_LIMIT_MS / 1000} s`;
  return { accelerator: "tcg", reason: `${device} exists, but ${guest}` };
}

/** Whether a kernel comes up and ends in time; true as well where there is none to try. */
export async function runKernel(accelerator: Accelerator, signal?: AbortSignal): Promise<boolean> {
  const kernel = await readableKernel();
  if (kernel === null) return true;
  return await runToExit(kernelArgs(accelerator, kernel), KERNEL_LIMIT_MS, signal) === 0;
}

/** Why a device cannot be used at all, undefined when it can be opened. */
async function deviceObstacle(device: string): Promise<string | undefined> {
  try {
    (await Deno.open(device, { read: true, write: true })).close();
    return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `there is no ${device}`;
    if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
      return `${device} may not be opened by this user`;
    }
    return `${device} cannot be opened: ${(error as Error).message}`;
  }
}

/** `mov al, 0x10; out 0xf4, al; hlt; jmp $` and the boot signature. */
export function bootSector(): Uint8Array<ArrayBuffer> {
  const sector = new Uint8Array(512);
  sector.set([0xb0, 0x10, 0xe6, 0xf4, 0xf4, 0xeb, 0xfe]);
  sector.set([0x55, 0xaa], 510);
  return sector;
}

/**
 * Runs the boot sector and returns qemu's exit status, undefined when it did not end in time.
 *
 * @throws {MigrateError} `run/cancelled`, `tool/missing`
 */
export async function runBootSector(
  accelerator: Accelerator,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const folder = await Deno.makeTempDir({ prefix: "hyper2kvm-probe-" });
  try {
    const disk = join(folder, "disk.raw");
    await Deno.writeFile(disk, bootSector());
    return await runToExit(probeArgs(accelerator, disk), LIMIT_MS, signal);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function probeArgs(accelerator: Accelerator, disk: string): string[] {
  const image = JSON.stringify({
    driver: "raw",
    "node-name": "disk",
    file: { driver: "file", filename: disk },
  });
  return [
    ...["-nodefaults", "-no-user-config", "-machine", "pc", "-accel", accelerator, "-m", "16"],
    ...["-display", "none", "-no-reboot", "-blockdev", image, "-device", "ide-hd,drive=disk"],
    ...["-device", "isa-debug-exit,iobase=0xf4,iosize=4"],
  ];
}

async function runToExit(
  args: string[],
  limitMs: number,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const child = new ChildGroup("qemu-system-x86_64", { args, stdin: "null", stdout: "null", stderr: "null" });
  const ended = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => ended.resolve(undefined), limitMs);
  const abort = (): void => ended.resolve(undefined);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const status = await Promise.race([child.process.status, ended.promise]);
    if (signal?.aborted) throw cancelled();
    return status?.code;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
    child.kill("SIGKILL"); // a hanging KVM guest has no state worth a polite end
    await child.process.status;
  }
}
