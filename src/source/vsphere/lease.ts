/**
 * A lease for exporting a machine (HttpNfcLease): the server makes streamOptimized disks and sends them as
 * long as it hears of progress.
 *
 * @module
 */
import { element } from "../../libvirt/xml_builder.ts";
import { MigrateError } from "../../model/error.ts";
import { collect, type ObjectProperties } from "./properties.ts";
import type { VsphereSession } from "./session.ts";
import { asReference, faultIn, type Reference, SoapFault } from "./soap.ts";
import { pause } from "./http/transport.ts";
import type { VmDisk } from "./machines/vm.ts";
import { childrenOf, textAt, type XmlNode } from "./xml.ts";

/** A disk that the lease gives access to. */
export interface LeasedDisk {
  /** Address; a `*` as its host is the server of the session. */
  readonly url: string;
  /** Machine, controller and unit: `/vm-42/VirtualLsiLogicController0:1`. */
  readonly key: string;
  /** SHA-1 of the certificate of the host that sends it, where the server gives it. */
  readonly thumbprint?: string;
}

/** How long the server may take to prepare the export, in milliseconds. */
const READY_TIMEOUT_MS = 5 * 60_000;
const POLL_MS = 200;
/** How long a run that was cancelled may take to abort its lease, in milliseconds. */
const ABORT_TIMEOUT_MS = 10_000;
/** Signs of life in the time that the lease allows between two. */
const BEATS = 4;
/** Longest time between two, in milliseconds: some servers promise more than they keep. */
const MAX_BEAT_MS = 30_000;

/** A lease; one that is not completed is aborted when it is disposed of. */
export class ExportLease implements AsyncDisposable {
  /** Its disks, in the server's order. */
  readonly disks: readonly LeasedDisk[];
  readonly #session: VsphereSession;
  readonly #lease: Reference;
  readonly #timer: ReturnType<typeof setInterval>;
  #percent = 0;
  #isOpen = true;
  #failure: SoapFault | undefined;

  private constructor(session: VsphereSession, lease: Reference, info: XmlNode) {
    this.#session = session;
    this.#lease = lease;
    this.disks = childrenOf(info, "deviceUrl").filter((one) => textAt(one, "disk") !== "false").map(asDisk);
    const timeoutMs = Number(textAt(info, "leaseTimeout") ?? 300) * 1000;
    this.#timer = setInterval(() => void this.#beat(), Math.min(timeoutMs / BEATS, MAX_BEAT_MS));
  }

  /**
   * Asks for the export of a machine, or of its snapshot, and waits until it can begin.
   *
   * @throws {MigrateError} `source/unsupported`, `permission/denied` or `network/failed`
   */
  static async open(
    session: VsphereSession,
    vm: { readonly id: string; readonly name: string },
    snapshot?: string,
  ): Promise<ExportLease> {
    try {
      const [node] = snapshot === undefined
        ? await session.call("ExportVm", { type: "VirtualMachine", id: vm.id })
        : await session.call("ExportSnapshot", { type: "VirtualMachineSnapshot", id: snapshot });
      const lease = asReference(node!);
      return new ExportLease(session, lease, await untilReady(session, lease));
    } catch (error) {
      throw error instanceof SoapFault ? exportError(vm.name, error) : error;
    }
  }

  /** Says how far the export is, in percent; it is sent with the next sign of life. */
  progress(percent: number): void {
    this.#percent = Math.max(0, Math.min(100, Math.floor(percent)));
  }

  /**
   * Ends the export well.
   *
   * @throws {MigrateError} `network/failed` when the server has given the lease up
   */
  async complete(): Promise<void> {
    clearInterval(this.#timer);
    this.#isOpen = false;
    try {
      await this.#session.call("HttpNfcLeaseComplete", this.#lease);
    } catch (error) {
      if (!(error instanceof SoapFault)) throw error;
      // Gone with a lost session. Its streams have ended as they should, and each disk is checked for its end.
      if (error.kind === "ManagedObjectNotFound") return;
      const { reason } = this.#failure ?? error;
      throw new MigrateError("network/failed", `Cannot complete the export: ${reason}.`, {
        hint: "The lease ended before the download did; run the same command again.",
        cause: error,
      });
    }
  }

  async #beat(): Promise<void> {
    try {
      await this.#session.call("HttpNfcLeaseProgress", this.#lease, [element("percent", {}, this.#percent)]);
    } catch (error) {
      // Without the lease the downloads fail, and complete() tells why.
      if (error instanceof SoapFault) this.#failure = error;
      else if (!(error instanceof MigrateError)) throw error;
    }
  }

  /** Aborts a lease that was not completed. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      await this.#session.afterwards(ABORT_TIMEOUT_MS, async (session) => {
        await session.call("HttpNfcLeaseAbort", this.#lease);
      });
    } catch (error) {
      // A lease that is gone needs no abort, and one that is left ends by itself.
      if (!(error instanceof MigrateError)) throw error;
    }
  }
}

/**
 * Pairs the machine's disks with the lease's: by controller and unit where the keys say them, else by order.
 *
 * @throws {MigrateError} `source/unsupported` when their numbers differ
 */
export function pairDisks(
  vmName: string,
  disks: readonly VmDisk[],
  leased: readonly LeasedDisk[],
): (readonly [VmDisk, LeasedDisk])[] {
  if (disks.length !== leased.length) {
    throw new MigrateError(
      "source/unsupported",
      `Cannot export ${vmName}: it has ${disks.length} disks, the server exports ${leased.length}.`,
      { hint: "Independent and physical disks are not exported: detach them, or use --mode datastore." },
    );
  }
  const byPlace = new Map(leased.map((one) => [one.key.slice(one.key.lastIndexOf("/") + 1), one]));
  const pairs = disks.map((disk) =>
    [disk, byPlace.get(`${disk.controllerType}${disk.bus}:${disk.unit}`)] as const
  );
  if (pairs.every(([, found]) => found !== undefined)) return pairs as [VmDisk, LeasedDisk][];
  return disks.map((disk, index) => [disk, leased[index]!] as const);
}

async function untilReady(session: VsphereSession, lease: Reference): Promise<XmlNode> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline && !session.signal.aborted) {
    const [found] = await collect(session, [lease], ["state", "error", "info"]);
    const info = readyInfo(found);
    if (info !== undefined) return info;
    await pause(POLL_MS, session.signal);
  }
  if (session.signal.aborted) throw new MigrateError("run/cancelled", "Cancelled.");
  throw new MigrateError("network/failed", "Cannot export: the server did not begin within 5 minutes.");
}

function readyInfo(found: ObjectProperties | undefined): XmlNode | undefined {
  const state = found?.values["state"]?.text;
  if (state === "error" || state === "done") throw faultIn("ExportVm", found?.values["error"]);
  return state === "ready" ? found?.values["info"] : undefined;
}

function asDisk(node: XmlNode): LeasedDisk {
  const thumbprint = textAt(node, "sslThumbprint");
  return {
    url: textAt(node, "url") ?? "",
    key: textAt(node, "key") ?? "",
    ...(thumbprint === undefined || thumbprint === "" ? {} : { thumbprint }),
  };
}

function exportError(name: string, fault: SoapFault): MigrateError {
  const cures: Readonly<Record<string, readonly ["permission/denied" | "source/unsupported", string]>> = {
    InvalidPowerState: ["source/unsupported", "Power the VM off first."],
    InvalidState: ["source/unsupported", "Power the VM off first, and wait for its running tasks."],
    TaskInProgress: ["source/unsupported", "Wait until its running task is done."],
    NoPermission: ["permission/denied", "The user needs the privilege VApp.Export on the VM."],
  };
  const [code, hint] = cures[fault.kind] ?? ["network/failed" as const, undefined];
  return new MigrateError(code, `Cannot export ${name}: ${fault.reason} (${fault.kind}).`, {
    cause: fault,
    ...(hint === undefined ? {} : { hint }),
  });
}
