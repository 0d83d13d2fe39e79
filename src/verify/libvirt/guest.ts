/**
 * A machine of the boot proof that libvirt runs: a transient domain that ends with its connection.
 *
 * @module
 */
import { dirname, join, resolve } from "@std/path";
import { virtError } from "../../libvirt/errors.ts";
import { MigrateError } from "../../model/error.ts";
import { proofDisks } from "../proof_disks.ts";
import type { DiskActivity, GuestEnd, GuestPlan, ProofDisk, ProofGuest } from "../proof_guest.ts";
import { writePng } from "../screen.ts";
import { copyLog, domainLogPath, removeLog } from "./domain_log.ts";
import { diskNames, type ProofDomain, proofDomainXml } from "./domain.ts";
import { FileOwners } from "./file_owners.ts";
import type { GuestPort } from "./messages.ts";
import { GuestLine, type GuestNews, VirtCallError } from "./thread.ts";

/** The log of QEMU: where libvirt writes it, and where it is to be kept. */
interface LogFiles {
  readonly original: string;
  readonly kept: string;
}

/** A running machine. */
export class LibvirtGuest implements ProofGuest {
  /** File that holds the text of the serial console. */
  readonly serialLog: string;
  readonly #qemuLog: LogFiles;
  readonly #line: GuestLine;
  readonly #log: Deno.FsFile;
  readonly #owners: FileOwners;
  readonly #ended = Promise.withResolvers<GuestEnd>();
  readonly #decoders = new Map<GuestPort, TextDecoder>();
  #console = "";
  #view = "";

  /**
   * Starts a machine on a libvirt of this host, with its files in a folder that is its own.
   *
   * @throws {MigrateError} `libvirt/failed`, `library/missing`
   */
  static async start(
    plan: GuestPlan,
    uri: string,
    folder: string,
    signal: AbortSignal,
  ): Promise<LibvirtGuest> {
    const disks = await proofDisks(plan, folder, signal);
    // The folders are ours alone; the user that libvirt runs QEMU as needs a way to the files that it gets.
    for (const path of new Set([folder, ...disks.map((disk) => dirname(disk.path))])) {
      await Deno.chmod(path, 0o711);
    }
    const owners = await FileOwners.keep([...disks, ...plan.disks].map(({ path }) => resolve(path)));
    const log = await Deno.open(plan.serialLog, { write: true, create: true, truncate: true });
    const domain = proofDomain(plan, disks, folder);
    const qemuLog = { original: domainLogPath(uri, domain.name), kept: plan.qemuLog };
    const guest = new LibvirtGuest(plan.serialLog, log, qemuLog, owners);
    try {
      await guest.#line.ask({ type: "start", uri, xml: proofDomainXml(domain), disks: diskNames(domain) });
      return guest;
    } catch (error) {
      await guest[Symbol.asyncDispose]();
      if (!(error instanceof VirtCallError)) throw error;
      throw virtError(error.failure, { what: `boot ${plan.name}`, uri, stage: "prove" });
    }
  }

  private constructor(serialLog: string, log: Deno.FsFile, qemuLog: LogFiles, owners: FileOwners) {
    this.serialLog = serialLog;
    this.#log = log;
    this.#qemuLog = qemuLog;
    this.#owners = owners;
    this.#line = new GuestLine((news) => this.#receive(news));
  }

  #receive(news: GuestNews): void {
    if (news.type === "end") {
      const { reason, failure } = news;
      return this.#ended.resolve(reason === undefined ? { failure: failure ?? "" } : { reason });
    }
    const decoder = this.#decoders.get(news.port) ?? new TextDecoder();
    this.#decoders.set(news.port, decoder);
    const text = decoder.decode(news.bytes, { stream: true });
    if (news.port !== "console") this.#view += text;
    else {
      this.#console += text;
      writeAll(this.#log, news.bytes);
    }
  }

  /** New text of the serial console. */
  readConsole(): Promise<string> {
    const text = this.#console;
    this.#console = "";
    return Promise.resolve(text);
  }

  /** Types on the serial console. */
  async type(text: string): Promise<void> {
    await answered(this.#line.ask({ type: "type", bytes: new TextEncoder().encode(text) }));
  }

  /** New text of both ports. */
  readView(): Promise<string> {
    const text = this.#view;
    this.#view = "";
    return Promise.resolve(text);
  }

  /** Settles when the domain has ended. */
  ended(): Promise<GuestEnd> {
    return this.#ended.promise;
  }

  /** Writes what the screen shows. */
  async screenshot(path: string): Promise<void> {
    try {
      const { mimeType, data } = await this.#line.ask({ type: "screenshot" });
      await writePng(path, mimeType, data);
    } catch (error) {
      if (!(error instanceof VirtCallError)) throw error;
      throw new MigrateError("tool/failed", `Cannot see the screen: ${error.message}`, { cause: error });
    }
  }

  /** What the disks have moved. */
  async diskActivity(): Promise<DiskActivity | undefined> {
    return await answered(this.#line.ask({ type: "activity" })) ?? undefined;
  }

  /** Copies the log that libvirt keeps of the domain. */
  async keepLog(): Promise<string | undefined> {
    const { original, kept } = this.#qemuLog;
    return await copyLog(original, kept) ? kept : undefined;
  }

  /** The guest agent's answer. */
  async askAgent(command: string): Promise<unknown> {
    const request = { type: "agent", command: JSON.stringify({ execute: command }) } as const;
    const answer = await answered(this.#line.ask(request)) ?? null;
    return answer === null ? undefined : (JSON.parse(answer) as { return: unknown }).return;
  }

  /** Ends the domain, takes the rest of its log, and gives its files back to whom they belonged. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#line.ask({ type: "stop" });
    } finally {
      this.#line[Symbol.dispose]();
      this.#log.close();
      await this.keepLog();
      await removeLog(this.#qemuLog.original);
      await this.#owners[Symbol.asyncDispose]();
    }
  }
}

/** An answer that may be missing: the guest can end, and its agent leave, at any moment. */
async function answered<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof VirtCallError) return undefined;
    throw error;
  }
}

/** The domain; its name carries the process, so that a person sees whose it is. */
function proofDomain(plan: GuestPlan, disks: readonly ProofDisk[], folder: string): ProofDomain {
  return {
    ...plan,
    name: `hyper2kvm-proof-${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`,
    accelerator: plan.accelerator === "kvm" ? "kvm" : "qemu",
    disks,
    nvram: join(folder, "nvram.fd"),
  };
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
}
