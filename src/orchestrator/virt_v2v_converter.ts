/**
 * VirtV2VConverter: virt-v2v in place of the built-in fixes. One run converts one virtual machine with all its
 * disks; the source is only read.
 *
 * @module
 */
import { syncFile } from "../run/files.ts";
import { dirname, join } from "@std/path";
import type { Concern } from "../model/concern.ts";
import type { DiskFormat, OutputDisk } from "../model/disk.ts";
import { MigrateError } from "../model/error.ts";
import type { EventSink } from "../model/event.ts";
import type { DiscoveredSource, Nic } from "../model/source.ts";
import type { Stage } from "../model/stage.ts";
import type { Accelerator } from "../run/context.ts";
import { WorkDir } from "../run/workdir.ts";
import { v2vArgs, v2vEnv } from "../v2v/arguments.ts";
import { readFeatures, type V2VFeatures } from "../v2v/features.ts";
import { messageConcerns, type V2VMessage } from "../v2v/messages.ts";
import { parseOutputXml, type V2VMachine } from "../v2v/output_xml.ts";
import { runV2V } from "../v2v/run.ts";
import { sourceXml, type V2VDisk } from "../v2v/source_xml.ts";
import { checkImage } from "../verify/image.ts";

/** What the converter needs for every machine. */
export interface VirtV2VConverterOptions {
  /** What libguestfs runs its appliance with. */
  readonly accelerator: Accelerator;
  /** Receives messages and progress. */
  readonly emit: EventSink;
  /** Ends virt-v2v and all that it has started when aborted. */
  readonly signal: AbortSignal;
}

/** How one machine is converted. */
export interface V2VOptions {
  /** The machine as it was found. */
  readonly source: DiscoveredSource;
  /** Its network cards, with the addresses that they keep. */
  readonly nics: readonly Nic[];
  /** Final paths of the disks, in order. */
  readonly outputs: readonly string[];
  /** Format of the disks. */
  readonly format: DiskFormat;
  /** Compression of qcow2 clusters. */
  readonly compress?: "zlib" | "zstd";
  /** File that gets all that virt-v2v says. */
  readonly logPath: string;
  /** More arguments for virt-v2v. */
  readonly extraArgs?: readonly string[];
  /** The stage that events are of (default: `fix`). */
  readonly stage?: Stage;
}

/** What virt-v2v made. */
export interface V2VResult {
  /** The finished disks, in the order of the source's. */
  readonly outputs: readonly OutputDisk[];
  /** What it says of the hardware that the guest can use now. */
  readonly machine: V2VMachine;
  /** Its warnings and remarks. */
  readonly concerns: readonly Concern[];
  /** Its version. */
  readonly version: string;
  /** File with all that it said. */
  readonly logPath: string;
}

/** Converts virtual machines with virt-v2v. */
export class VirtV2VConverter {
  readonly #options: VirtV2VConverterOptions;
  #features: Promise<V2VFeatures> | undefined;

  /** Prepares a converter; nothing runs yet. */
  constructor(options: VirtV2VConverterOptions) {
    this.#options = options;
  }

  /** What the installed virt-v2v can do; asked once. */
  features(): Promise<V2VFeatures> {
    this.#features ??= readFeatures(this.#options.signal);
    return this.#features;
  }

  /**
   * Converts one machine. The outputs have their final names only when all of them are complete and checked.
   *
   * @param disks All disks in order; overlays may stand in for the source's own
   * @throws {MigrateError} `tool/missing`, `tool/failed`, `usage/bad-value`, `disk/damaged`, `run/cancelled`
   */
  async convert(disks: readonly V2VDisk[], options: V2VOptions): Promise<V2VResult> {
    const features = await this.features();
    const [first] = options.outputs;
    if (first === undefined || disks.length !== options.outputs.length) {
      throw new TypeError("there must be an output for each disk, and at least one");
    }
    await using folder = await WorkDir.create(dirname(first));
    const name = options.source.name;
    const messages = await this.#run(folder.path, disks, options, features);
    const machine = parseOutputXml(await Deno.readTextFile(join(folder.path, `${name}.xml`)));
    if (machine.disks.length !== disks.length) {
      const counts = `it made ${machine.disks.length} disks of ${disks.length}`;
      throw new MigrateError("tool/failed", `Cannot take the result of virt-v2v: ${counts}.`);
    }
    const outputs = await this.#publish(machine, options);
    const { logPath } = options;
    return { outputs, machine, concerns: messageConcerns(messages), version: features.version, logPath };
  }

  async #run(
    folder: string,
    disks: readonly V2VDisk[],
    options: V2VOptions,
    features: V2VFeatures,
  ): Promise<readonly V2VMessage[]> {
    const { accelerator, emit, signal } = this.#options;
    const { source, format, compress, logPath, extraArgs = [], stage = "fix" } = options;
    const inputXml = join(folder, "source.libvirt.xml");
    const messagesFile = join(folder, "messages");
    const job = { inputXml, outputDir: folder, name: source.name, format, compress, messagesFile, extraArgs };
    const args = v2vArgs(job, features);
    await Deno.writeTextFile(inputXml, sourceXml(source, disks, options.nics));
    await Deno.mkdir(dirname(logPath), { recursive: true });
    return await runV2V({
      args,
      env: v2vEnv(accelerator, folder, Deno.env.toObject()),
      messagesFile,
      logPath,
      signal,
      onMessage: (message) => {
        if (message.type !== "message") return;
        emit({ type: "activity", vm: source.name, stage, message: message.text });
      },
      onCopied: (disk, fraction) => {
        const totalBytes = source.disks[disk]?.virtualSizeBytes ?? 0;
        const doneBytes = Math.round(totalBytes * fraction);
        emit({ type: "progress", vm: source.name, stage, disk, doneBytes, totalBytes });
      },
    });
  }

  /** Checks all disks, then gives them their names. */
  async #publish(machine: V2VMachine, { outputs }: V2VOptions): Promise<OutputDisk[]> {
    const { signal } = this.#options;
    const finished: OutputDisk[] = [];
    for (const [index, disk] of machine.disks.entries()) {
      const { virtualSizeBytes, allocatedSizeBytes } = await checkImage(disk.path, disk.format, signal);
      await syncFile(disk.path);
      finished.push({ path: outputs[index]!, format: disk.format, virtualSizeBytes, allocatedSizeBytes });
    }
    for (const [index, disk] of machine.disks.entries()) {
      await Deno.rename(disk.path, outputs[index]!);
    }
    await syncFile(dirname(outputs[0]!));
    return finished;
  }
}
