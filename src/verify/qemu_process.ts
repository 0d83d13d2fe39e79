/**
 * One qemu of the boot proof: its throw-away files, its process, its screen.
 *
 * @module
 */
import { join, resolve } from "@std/path";
import { overlayArgs } from "../disk/qemu_img.ts";
import type { DiskFormat } from "../model/disk.ts";
import { MigrateError } from "../model/error.ts";
import type { Firmware } from "../model/source.ts";
import { ChildGroup, runCommand } from "../run/command.ts";
import { QmpClient } from "../run/qmp.ts";
import { findUefi } from "./ovmf.ts";
import { machineArgs, type ProofDisk, type ProofMachine, type UefiFlash } from "./qemu_args.ts";

const QEMU = "qemu-system-x86_64";
/** The longest path that a Unix socket can have (unix(7)), less its final zero. */
const MAX_SOCKET_PATH = 107;

/** A machine without the files that are made for it. */
export type MachinePlan = Omit<
  ProofMachine,
  "disks" | "uefi" | "viewLog" | "viewSerialLog" | "qmpSocket"
>;

/** What a machine boots from. */
export interface MachineDisks {
  /** The images; never written. */
  readonly disks: readonly { readonly path: string; readonly format: DiskFormat }[];
  /** Overlays on the images that are ready; they are written, and left to their maker. */
  readonly overlays?: readonly string[];
  /** Firmware of the machine. */
  readonly firmware: Firmware;
}

/** Makes everything that a machine needs, in a folder that is its own and removed with it. */
export async function prepareMachine(
  plan: MachinePlan,
  { disks, overlays, firmware }: MachineDisks,
  folder: string,
  signal: AbortSignal,
): Promise<ProofMachine> {
  const uefi = firmware === "bios" ? undefined : await copyFlash(firmware, folder);
  return {
    ...plan,
    disks: overlays?.map((path) => ({ path: resolve(path), format: "qcow2" })) ??
      await makeOverlays(disks, folder, signal),
    ...(uefi === undefined ? {} : { uefi }),
    viewLog: join(folder, "view"),
    viewSerialLog: join(folder, "view-serial"),
    qmpSocket: join(folder, "qmp"),
  };
}

async function makeOverlays(
  disks: MachineDisks["disks"],
  folder: string,
  signal: AbortSignal,
): Promise<ProofDisk[]> {
  const made: ProofDisk[] = [];
  for (const [index, { path, format }] of disks.entries()) {
    const overlay = join(folder, `proof-${index + 1}.qcow2`);
    await runCommand("qemu-img", overlayArgs(overlay, resolve(path), format), { signal });
    made.push({ path: overlay, format: "qcow2" });
  }
  return made;
}

async function copyFlash(firmware: Exclude<Firmware, "bios">, folder: string): Promise<UefiFlash> {
  const { code, varsTemplate, smm } = await findUefi(firmware);
  const vars = { path: join(folder, "efi-vars"), format: varsTemplate.format };
  await Deno.copyFile(varsTemplate.path, vars.path);
  await Deno.chmod(vars.path, 0o600); // the template is often read-only
  return { code, vars, smm };
}

/** A folder for one machine whose control socket has a path short enough. */
export async function machineFolder(workDir: string): Promise<string> {
  const fits = resolve(workDir).length + "/proof-0123456789abcdef/qmp".length <= MAX_SOCKET_PATH;
  return await Deno.makeTempDir(
    fits ? { dir: resolve(workDir), prefix: "proof-" } : { prefix: "hyper2kvm-proof-" },
  );
}

/** A running machine; disposing of it ends qemu and all of its children. */
export class QemuProcess implements AsyncDisposable {
  readonly #child: ChildGroup;
  readonly #stderr: Promise<string>;
  readonly #machine: ProofMachine;
  #control: QmpClient | undefined;

  /**
   * Starts a machine. qemu dies with this process, even when that is killed, where setpriv (util-linux) is.
   *
   * @throws {MigrateError} `tool/missing`
   */
  static async start(machine: ProofMachine, signal: AbortSignal): Promise<QemuProcess> {
    await runCommand(QEMU, ["--version"], { signal }); // tells a missing qemu from a missing setpriv
    return new QemuProcess(machine, spawn(machineArgs(machine)));
  }

  private constructor(machine: ProofMachine, child: ChildGroup) {
    this.#machine = machine;
    this.#child = child;
    this.#stderr = new Response(child.process.stderr).text();
  }

  /** Connects to qemu's control socket; returns without when qemu ends first, and `ended` tells why. */
  async connect(signal: AbortSignal): Promise<void> {
    const gone = new AbortController();
    const noteEnd = this.#child.process.status.then(() => gone.abort());
    const either = AbortSignal.any([signal, gone.signal]);
    try {
      this.#control = await QmpClient.connect(this.#machine.qmpSocket, { signal: either });
    } catch (error) {
      // A qemu that hangs up is about to end, or already has.
      if (!signal.aborted) await within(1_000, noteEnd);
      if (!gone.signal.aborted || signal.aborted) throw error;
    }
  }

  /** Settles when qemu has ended, with its exit status and its last words. */
  async ended(): Promise<{ readonly status: number; readonly stderr: string }> {
    const [{ code }, stderr] = await Promise.all([this.#child.process.status, this.#stderr]);
    return { status: code, stderr: stderr.trim().split("\n").slice(-5).join("\n") };
  }

  /**
   * Writes what the screen shows to a PNG file.
   *
   * @throws {MigrateError} `tool/failed` when qemu cannot
   */
  async screenshot(path: string): Promise<void> {
    if (this.#control === undefined) {
      throw new MigrateError("tool/failed", "Cannot see the screen: not connected.");
    }
    await this.#control.execute("screendump", { filename: resolve(path), format: "png" });
  }

  /** Ends qemu and its children. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#control?.[Symbol.asyncDispose]();
    await this.#child[Symbol.asyncDispose]();
    await this.#stderr;
  }
}

function spawn(args: readonly string[]): ChildGroup {
  const streams = { stdin: "null", stdout: "null", stderr: "piped" } as const;
  try {
    return new ChildGroup("setpriv", { args: ["--pdeathsig", "KILL", QEMU, ...args], ...streams });
  } catch (error) {
    if (!(error instanceof MigrateError) || error.code !== "tool/missing") throw error;
    return new ChildGroup(QEMU, { args: [...args], ...streams });
  }
}

/** Waits for a promise, or for so many milliseconds if that is shorter. */
export async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(over.resolve, ms);
  try {
    await Promise.race([promise, over.promise]);
  } finally {
    clearTimeout(timer);
  }
}
