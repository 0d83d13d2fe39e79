/**
 * A guest opened by libguestfs: all disks of a VM in one appliance, driven from a Worker of its own.
 *
 * @module
 */
import type { ActionArgs, ActionName, ActionResult } from "../../ffi/guestfs/actions.ts";
import { cancelTransfer, type GuestfsProgress } from "../../ffi/guestfs/handle.ts";
import type { DiskFormat } from "../model/disk.ts";
import { cancelled } from "../model/error.ts";
import type { Accelerator } from "../run/context.ts";
import { Appliance } from "./appliance.ts";
import { backendSettings, userSettings } from "./environment.ts";
import { guestfsFailure } from "./failure.ts";
import { GuestWorker } from "./guest_worker.ts";
import { libguestfsVersion } from "./library.ts";

/** One disk of the appliance. */
export interface GuestDrive {
  /** Image on the host. */
  readonly path: string;
  /** Its format; never guessed. */
  readonly format: DiskFormat;
  /** Whether writes go to a throw-away overlay in the temporary folder. */
  readonly readonly?: boolean;
  /** Whether blocks that the guest trims are freed in the image. */
  readonly discard?: boolean;
}

/** What a session needs. */
export interface GuestSessionOptions {
  /** Disks, in the order of their letters in the appliance. */
  readonly disks: readonly GuestDrive[];
  /** What the probe said of KVM. */
  readonly accelerator: Accelerator;
  /** Existing folder for everything temporary. */
  readonly tmpDir: string;
  /** Memory of the appliance (default: libguestfs's own, 1280). */
  readonly memoryMiB?: number;
  /** Virtual CPUs (default: 2 under emulation, which launches about 15 % faster; 1 under KVM). */
  readonly smp?: number;
  /** Path for a QMP socket of the appliance's qemu, at most 107 bytes long. */
  readonly qmpSocket?: string;
  /** Ends the appliance when aborted; what is running fails with `run/cancelled`. */
  readonly signal?: AbortSignal;
  /** Receives the progress of transfers. */
  readonly onProgress?: (progress: GuestfsProgress) => void;
  /** Called when the appliance is gone. */
  readonly onClosed?: () => void;
}

/** How often a starting or dying appliance is looked for, in milliseconds. */
const KILL_INTERVAL_MS = 50;
/** How long an appliance may take to shut down, in milliseconds. */
const CLOSE_LIMIT_MS = 15_000;

/**
 * An open guest. Calls run one after the other.
 *
 * After writing, end it with {@linkcode GuestSession.close}, which reports a write that failed; dispose, for
 * every other way out, reports nothing. Both may be called more than once.
 */
export class GuestSession implements AsyncDisposable {
  readonly #worker: GuestWorker;
  readonly #appliance: Appliance;
  readonly #signal: AbortSignal | undefined;
  readonly #onClosed: (() => void) | undefined;
  readonly #onAbort = (): void => this.#stop();
  #killer: ReturnType<typeof setInterval> | undefined;

  private constructor(worker: GuestWorker, options: GuestSessionOptions) {
    this.#worker = worker;
    this.#appliance = new Appliance(options.tmpDir);
    this.#signal = options.signal;
    this.#onClosed = options.onClosed;
  }

  /**
   * Starts a Worker, adds the disks and launches the appliance.
   *
   * @throws {MigrateError} `library/missing`, `library/incompatible`, `guestfs/worker`, `guestfs/failed` or
   * `run/cancelled`
   */
  static async open(options: GuestSessionOptions): Promise<GuestSession> {
    if (options.signal?.aborted) throw cancelled();
    libguestfsVersion(); // tells a missing library from a broken Worker
    const progress = options.onProgress === undefined ? {} : { onProgress: options.onProgress };
    const session = new GuestSession(await GuestWorker.start(progress), options);
    try {
      await session.#launch(options);
      return session;
    } catch (error) {
      await session[Symbol.asyncDispose]();
      throw guestfsFailure(error, "open the disks");
    }
  }

  async #launch(options: GuestSessionOptions): Promise<void> {
    this.#signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (this.#signal?.aborted) throw cancelled();
    await this.#configure(options);
    for (const { path, format, readonly = false, discard = false } of options.disks) {
      await this.call("add_drive_opts", path, {
        format,
        readonly,
        ...(discard ? { discard: "besteffort" } : {}),
      });
    }
    await this.call("launch");
    await this.#appliance.record();
  }

  async #configure({ accelerator, tmpDir, memoryMiB, smp, qmpSocket }: GuestSessionOptions): Promise<void> {
    const emulated = accelerator === "tcg" ? Math.min(2, navigator.hardwareConcurrency) : 1;
    await this.call("set_backend", "direct");
    await this.call(
      "set_backend_settings",
      backendSettings(accelerator, Deno.env.get("LIBGUESTFS_BACKEND_SETTINGS")),
    );
    await this.call("set_pgroup", true); // or Ctrl-C reaches qemu before us
    await this.call("set_tmpdir", tmpDir);
    await this.call("set_smp", smp ?? emulated);
    if (memoryMiB !== undefined) await this.call("set_memsize", memoryMiB);
    await this.call("parse_environment_list", userSettings((name) => Deno.env.get(name)));
    await this.call("config", "-pidfile", this.#appliance.pidFile);
    if (qmpSocket !== undefined) {
      const path = qmpSocket.replaceAll(",", ",,"); // qemu's escape of the comma
      await this.call("config", "-qmp", `unix:${path},server=on,wait=off`);
    }
  }

  /** The address of the libguestfs handle. */
  get address(): bigint {
    return this.#worker.address;
  }

  /** The process id of the appliance's qemu; null when it does not run. */
  async appliancePid(): Promise<number | null> {
    return await this.#appliance.pid();
  }

  /**
   * Runs an action of libguestfs.
   *
   * @throws {GuestfsError} when libguestfs reports a failure; {@linkcode guestfsFailure} makes it readable
   * @throws {MigrateError} `run/cancelled` after an abort, `guestfs/worker` when the Worker has ended
   */
  async call<N extends ActionName>(name: N, ...args: ActionArgs<N>): Promise<ActionResult<N>> {
    if (this.#signal?.aborted) throw cancelled();
    try {
      return await this.#worker.call(name, ...args);
    } catch (error) {
      if (this.#signal?.aborted) throw cancelled();
      throw error;
    }
  }

  /** Makes the transfer that is running fail with EINTR (4); the session stays usable. */
  cancel(): void {
    cancelTransfer(this.address);
  }

  /**
   * Writes everything to the images and ends the appliance.
   *
   * @throws {MigrateError} `guestfs/failed` when a write failed
   */
  async close(): Promise<void> {
    try {
      if (!this.#worker.closed) await this.call("shutdown");
    } catch (error) {
      throw guestfsFailure(error, "write the changes to the disks");
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }

  /** Ends qemu, and again until it stays away: during a launch it may not have started yet. */
  #stop(): void {
    if (this.#killer !== undefined) return;
    const kill = (): void => {
      this.#appliance.kill().catch(() => clearInterval(this.#killer)); // not ours to end
    };
    this.#killer = setInterval(kill, KILL_INTERVAL_MS);
    kill();
  }

  /** Ends the appliance: at once when a call is still running, else after writing everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#worker.busy) this.#stop();
    const limit = setTimeout(this.#onAbort, CLOSE_LIMIT_MS);
    try {
      await this.#worker[Symbol.asyncDispose]();
      if (this.#worker.failure !== undefined) await this.#appliance.kill();
    } finally {
      clearTimeout(limit);
      clearInterval(this.#killer);
      this.#signal?.removeEventListener("abort", this.#onAbort);
      await this.#appliance.forget();
      this.#onClosed?.();
    }
  }
}
