/**
 * What `hyper2kvm verify` does with a finished image: the check of the file, and the boot proof.
 *
 * @module
 */
import { basename, extname, resolve } from "@std/path";
import type { DiskFormat } from "../model/disk.ts";
import { MigrateError } from "../model/error.ts";
import type { EventSink } from "../model/event.ts";
import type { BootProof } from "../model/proof.ts";
import type { Firmware } from "../model/source.ts";
import { runCommand } from "../run/command.ts";
import { WorkDir } from "../run/workdir.ts";
import { proveAndKeep, proveBoot } from "./boot.ts";
import { diskFirmware } from "./disk_firmware.ts";
import { type DomainMachine, parseDomain } from "./domain_machine.ts";
import { checkImage, type ImageCheck } from "./image.ts";
import type { KeptDomain } from "./libvirt/keep_domain.ts";
import { probeAccelerator } from "./kvm_probe.ts";

/** What to verify. */
export interface VerifyOptions {
  /** The image; with a definition, the one that is checked beside those that the definition names. */
  readonly path: string;
  /** Whether to boot it. */
  readonly bootProof: boolean;
  /** When to give up on the boot, in milliseconds. */
  readonly bootTimeoutMs?: number;
  /** Passphrases for a guest that asks for that of a disk. */
  readonly passphrases?: readonly string[];
  /** Folder for the evidence of the boot. */
  readonly evidenceDir: string;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Receives the events. */
  readonly emit: EventSink;
  /** Text of a libvirt definition: its disks, cards and firmware make the machine. */
  readonly xml?: string;
  /** What the machine is given instead of what its definition or its disk says. */
  readonly choices?: {
    readonly cpus?: number;
    readonly memoryMiB?: number;
    readonly firmware?: Firmware;
  };
  /** URI of a libvirt on this host that runs the guest; without it qemu does. */
  readonly uri?: string;
  /** Keeps the machine in the libvirt of `uri`, with a screen or without; the image is not written by it. */
  readonly keep?: { readonly graphics: boolean };
}

/** What was found. */
export interface VerifyResult {
  /** The image. */
  readonly check: ImageCheck;
  /** The boot, when it was asked for. */
  readonly proof?: BootProof;
  /** The machine that was kept, when that was asked for. */
  readonly kept?: KeptDomain;
}

/**
 * Checks an image and boots it. Nothing is put into the guest: the console and the screen are the proof.
 *
 * @throws {MigrateError} `source/missing`, `disk/damaged`, `config/bad-file`, `tool/missing`, `run/cancelled`
 */
export async function verifyImage(options: VerifyOptions): Promise<VerifyResult> {
  const { path, signal, emit, evidenceDir } = options;
  const format = await detectFormat(path, signal);
  const domain = options.xml === undefined ? undefined : parseDomain(options.xml);
  const vm = domain?.name ?? basename(path, extname(path));
  const say = (message: string): void => emit({ type: "activity", vm, stage: "verify", message });
  say(`Checking ${path} (${format}).`);
  const check = await checkImage(path, format, signal);
  if (!options.bootProof) return { check };
  const { accelerator, reason } = await probeAccelerator(signal);
  say(`Accelerator: ${accelerator}, because ${reason}.`);
  await Deno.mkdir(evidenceDir, { recursive: true });
  await using work = await WorkDir.create(evidenceDir);
  const found = domain ?? await plainMachine(vm, resolve(path), format, work.path, signal);
  const machine = { ...found, ...options.choices };
  say(`The machine boots by ${machine.firmware.toUpperCase()}, its disks are on ${machine.bus}.`);
  const { name: _name, ...parts } = machine;
  const { bootTimeoutMs: timeoutMs, passphrases = [] } = options;
  const limit = timeoutMs === undefined ? {} : { timeoutMs };
  const place = options.uri === undefined ? {} : { uri: options.uri };
  const run = { vm, accelerator, evidenceDir, workDir: work.path, signal, emit, passphrases };
  const boot = { ...parts, ...run, ...limit, ...place };
  const { uri, keep } = options;
  if (uri === undefined || keep === undefined) return { check, proof: await proveBoot(boot) };
  return { check, ...await proveAndKeep({ ...boot, uri, ...keep }) };
}

/** The machine for an image of which nothing else is known. */
async function plainMachine(
  name: string,
  path: string,
  format: DiskFormat,
  folder: string,
  signal: AbortSignal,
): Promise<DomainMachine> {
  const firmware = await diskFirmware(path, format, folder, signal);
  // Locally administered address of the kind that qemu gives.
  const nics = [{ mac: "52:54:00:68:32:6b" }];
  return { name, disks: [{ path, format }], bus: "virtio", firmware, nics, memoryMiB: 2_048, cpus: 2 };
}

/**
 * The format by the image's own header; an image without one is raw.
 *
 * @throws {MigrateError} `source/missing`, `disk/damaged`
 */
export async function detectFormat(path: string, signal: AbortSignal): Promise<DiskFormat> {
  await requireFile(path);
  const { status, stdout, stderr } = await runCommand(
    "qemu-img",
    ["info", "--output=json", "-U", "--", path],
    {
      signal,
      okStatuses: [0, 1],
    },
  );
  if (status === 0) return (JSON.parse(stdout) as { format: DiskFormat }).format;
  const reason = stderr.trim().split("\n")[0]?.replace(/^qemu-img: /, "") ?? "";
  throw new MigrateError("disk/damaged", `Cannot open ${path}: ${reason}`, {
    stage: "verify",
    hint: "Convert the source again, or name an image that qemu-img can open.",
  });
}

async function requireFile(path: string): Promise<void> {
  try {
    await Deno.stat(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new MigrateError("source/missing", `Cannot verify ${path}: there is no such file.`, {
      stage: "verify",
      hint: "Check the path.",
    });
  }
}
