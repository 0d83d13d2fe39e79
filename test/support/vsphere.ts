/**
 * A vCenter for tests: `vsphere_sim/` built by Go, kept in the user's cache folder, started on loopback.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import { runCommand } from "../../src/run/command.ts";
import { type SessionOptions, VsphereSession } from "../../src/source/vsphere/session.ts";
import { Transport } from "../../src/source/vsphere/http/transport.ts";
import { cached } from "./guests/cache.ts";
import type { TempFolder } from "./temp.ts";

const SOURCE = new URL("./vsphere_sim/", import.meta.url);
const FILES = [
  "main.go",
  "identity.go",
  "faults.go",
  "lease.go",
  "front.go",
  "disk.go",
  "snapshot.go",
  "descriptor.go",
];
/** Where Debian's packages keep Go libraries. */
const GOPATH = "/usr/share/gocode";

/** What a test with the simulator needs. */
export const VSPHERE_NEEDS = {
  keepsTimer: true,
  programs: ["go", "qemu-img"],
  files: [`${GOPATH}/src/github.com/vmware/govmomi`],
};

/** How a fault is ordered; see `vsphere_sim/faults.go`. */
export interface Fault {
  /** A method of the API, or NFC or FOLDER for downloads. */
  readonly Method: string;
  /** What happens. */
  readonly Action:
    | "fault"
    | "status"
    | "drop"
    | "cut"
    | "slow"
    | "logout"
    | "touch"
    | "deny"
    | "longer"
    | "taskfault"
    | "write"
    | "reset"
    | "certificate"
    | "clear";
  /** Type of the fault. */
  readonly Fault?: string;
  /** HTTP status. */
  readonly Status?: number;
  /** Bytes before the cut, or bytes a second. */
  readonly After?: number;
  /** Calls that pass before. */
  readonly Skip?: number;
  /** How often it happens. */
  readonly Count?: number;
}

/** What the simulator has counted since it started, or since `clear`. */
export interface Counts {
  /** Calls by method. */
  readonly hits: Readonly<Record<string, number>>;
  /** Bytes sent by NFC and FOLDER. */
  readonly sent: Readonly<Record<string, number>>;
  /** The most leases at the same time, by ESXi host; under `NFC` the most streams of them. */
  readonly peaks: Readonly<Record<string, number>>;
}

/** How the simulator is started. */
export interface SimulatorOptions {
  /** Raw images that become the disks of the first machine, DC0_H0_VM0. */
  readonly disks?: readonly string[];
  /** Number of machines of a host. */
  readonly vms?: number;
  /** Number of ESXi hosts (default: 1). */
  readonly hosts?: number;
  /** A raw image that every other machine has that is off. */
  readonly otherDisk?: string;
  /** Whether the first machine is on. */
  readonly on?: boolean;
  /** Whether the changes of its disks are tracked (default: true). */
  readonly cbt?: boolean;
  /** Seconds that a lease lives without progress. */
  readonly leaseSeconds?: number;
}

/** How long it may take to start, in milliseconds. */
const START_TIMEOUT_MS = 60_000;

/** A running simulator. */
export class Simulator implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** The authority of its certificate: a PEM file. */
  readonly caFile: string;

  private constructor(child: Deno.ChildProcess, port: number, caFile: string) {
    this.#child = child;
    this.port = port;
    this.caFile = caFile;
  }

  /** Builds it when it is not in the cache, and starts it. */
  static async start(folder: TempFolder, options: SimulatorOptions = {}): Promise<Simulator> {
    const child = new Deno.Command(await build(), {
      args: [
        ...["-certs", folder.path, "-vms", String(options.vms ?? 2), "-hosts", String(options.hosts ?? 1)],
        ...(options.otherDisk === undefined ? [] : ["-other-disk", options.otherDisk]),
        ...["-lease-timeout", String(options.leaseSeconds ?? 300)],
        ...(options.on === true ? ["-on"] : []),
        ...(options.cbt === false ? ["-cbt=false"] : []),
        ...(options.disks ?? []).flatMap((disk) => ["-disk", disk]),
      ],
      env: { TMPDIR: folder.path },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const timer = setTimeout(() => child.kill("SIGKILL"), START_TIMEOUT_MS);
    const line = await firstLine(child.stdout);
    clearTimeout(timer);
    const { address } = JSON.parse(line) as { address: string };
    return new Simulator(child, Number(address.split(":")[1]), folder.file("ca.pem"));
  }

  /** Orders a fault, and says what was counted. */
  async order(fault: Fault): Promise<Counts> {
    return await this.#control(JSON.stringify(fault));
  }

  /** What was counted. */
  async counts(): Promise<Counts> {
    return await this.#control();
  }

  /** Lets the guest of the first machine write the same byte everywhere; in multiples of 8 KiB. */
  async guestWrites(disk: number, offset: number, length: number, value: number): Promise<void> {
    await this.order({
      Method: "",
      Action: "write",
      Count: disk,
      Skip: offset,
      After: length,
      Status: value,
    });
  }

  async #control(body?: string): Promise<Counts> {
    // Not fetch(): the certificate may have changed, and that is no matter here.
    await using transport = new Transport({
      host: "127.0.0.1",
      port: this.port,
      trust: { kind: "insecure" },
      signal: AbortSignal.timeout(20_000),
    });
    const reply = await transport.send({ method: body === undefined ? "GET" : "POST", path: "/_ctl", body });
    return JSON.parse(await reply.body.text()) as Counts;
  }

  /** How to log in to it; its certificate is checked. */
  async sessionOptions(signal: AbortSignal = new AbortController().signal): Promise<SessionOptions> {
    const trust = { kind: "ca" as const, pem: await Deno.readTextFile(this.caFile) };
    return {
      host: "127.0.0.1",
      port: this.port,
      user: "user",
      password: "pass",
      trust,
      signal,
      stallMs: 3_000,
    };
  }

  /** Logs in. */
  async session(signal?: AbortSignal): Promise<VsphereSession> {
    return await VsphereSession.open(await this.sessionOptions(signal));
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 5_000);
    await Promise.all([this.#child.status, this.#child.stdin.close().catch(() => {})]);
    clearTimeout(timer);
  }
}

async function build(): Promise<string> {
  const sources = FILES.map((name) => new URL(name, SOURCE));
  const folder = await cached("vsphere-sim", [...sources, Deno.build.arch], {}, async (partial) => {
    await runCommand("go", ["build", "-o", join(partial, "vsphere_sim"), "."], {
      cwd: fromFileUrl(SOURCE),
      env: { GO111MODULE: "off", GOPATH, CGO_ENABLED: "0" },
      timeoutMs: 300_000,
    });
  });
  return join(folder, "vsphere_sim");
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of stream) {
    text += decoder.decode(bytes, { stream: true });
    if (text.includes("\n")) return text;
  }
  throw new Error("the vSphere simulator ended before it listened");
}

/** A sparse raw image with a little random data at both ends and in the middle. */
export async function sparseDisk(path: string, sizeMib: number): Promise<string> {
  using file = await Deno.open(path, { write: true, create: true });
  await file.truncate(sizeMib * 1024 ** 2);
  for (const at of [0, sizeMib / 2, sizeMib - 1]) {
    await file.seek(Math.floor(at) * 1024 ** 2, Deno.SeekMode.Start);
    const bytes = new Uint8Array(1024 ** 2);
    for (let from = 0; from < bytes.length; from += 65_536) {
      crypto.getRandomValues(bytes.subarray(from, from + 65_536));
    }
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await file.write(rest));
  }
  return path;
}
