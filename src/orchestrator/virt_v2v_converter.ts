/**
 * VirtV2VConverter: virt-v2v in place of the built-in fixes, or after them. One run converts one virtual machine with
 * all its disks; the source is only read. Several machines are converted side by side, each in its own folder and
 * process group.
 *
 * @module
 */
import pLimit from "p-limit";
import { dirname, join } from "@std/path";
import type { LuksKey } from "../guest/luks_keys.ts";
import type { NicAttachment } from "../libvirt/target_machine.ts";
import { asMigrateError } from "../model/as_migrate_error.ts";
import type { Concern } from "../model/concern.ts";
import type { DiskFormat, OutputDisk } from "../model/disk.ts";
import { cancelled, MigrateError } from "../model/error.ts";
import type { EventSink } from "../model/event.ts";
import type { DiscoveredSource, Nic } from "../model/source.ts";
import type { Stage } from "../model/stage.ts";
import type { Accelerator } from "../run/context.ts";
import { syncFile } from "../run/files.ts";
import { SecretFiles } from "../run/secret_files.ts";
import { WorkDir } from "../run/workdir.ts";
import { v2vArgs, v2vEnv } from "../v2v/arguments.ts";
import { withAttempts } from "../v2v/attempts.ts";
import { v2vConcurrency } from "../v2v/concurrency.ts";
import { readFeatures, type V2VFeatures } from "../v2v/features.ts";
import type { V2VInput } from "../v2v/input.ts";
import { luksArgs } from "../v2v/luks.ts";
import { messageConcerns, type V2VMessage } from "../v2v/messages.ts";
import { parseOutputXml, type V2VMachine } from "../v2v/output_xml.ts";
import { runV2V } from "../v2v/run.ts";
import { SocketFolder } from "../v2v/socket_folder.ts";
import { sourceXml, type V2VDisk } from "../v2v/source_xml.ts";
import { checkImage } from "../verify/image.ts";

/** What the converter needs for every machine. */
export interface VirtV2VConverterOptions {
  /** What libguestfs runs its appliance with. */
  readonly accelerator: Accelerator;
  /** Receives messages and progress. */
  readonly emit: EventSink;
  /** Ends every virt-v2v and all that it has started when aborted. */
  readonly signal: AbortSignal;
}

/** How one machine is converted. */
export interface V2VOptions {
  /** The machine as it was found. */
  readonly source: DiscoveredSource;
  /** Its network cards, with the addresses that they keep. */
  readonly nics: readonly Nic[];
  /** What they are plugged into (default: libvirt's network `default`). */
  readonly network?: NicAttachment;
  /** Final paths of the disks, in order. */
  readonly outputs: readonly string[];
  /** Format of the disks. */
  readonly format: DiskFormat;
  /** Compression of qcow2 clusters. */
  readonly compress?: "zlib" | "zstd";
  /** Keys of encrypted disks. */
  readonly keys?: readonly LuksKey[];
  /** The encrypted devices that a key for all is meant for. */
  readonly encrypted?: readonly string[];
  /** The root filesystem, where the disks hold several systems. */
  readonly root?: string;
  /** File that gets all that virt-v2v says. */
  readonly logPath: string;
  /** More arguments for virt-v2v. */
  readonly extraArgs?: readonly string[];
  /** How often it is started again after a failure that may pass (default: never). */
  readonly retries?: number;
  /** Ends it after this many milliseconds. */
  readonly timeoutMs?: number;
  /** Ends this conversion alone when aborted. */
  readonly signal?: AbortSignal;
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

/** One of several machines. */
export interface V2VTask {
  /** All disks in order, or an input of virt-v2v's own. */
  readonly input: readonly V2VDisk[] | V2VInput;
  /** How it is converted. */
  readonly options: V2VOptions;
}

/** What became of one of several machines. */
export type V2VOutcome =
  | { readonly status: "succeeded"; readonly result: V2VResult }
  | { readonly status: "failed"; readonly error: MigrateError };

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
   * @param input All disks in order; overlays may stand in for the source's own. Or an input of virt-v2v's own
   * @throws {MigrateError} `tool/missing`, `tool/failed`, `tool/timeout`, `usage/bad-value`, `disk/damaged`,
   * `run/cancelled`, and what {@linkcode classifyFailure} knows
   */
  async convert(input: readonly V2VDisk[] | V2VInput, options: V2VOptions): Promise<V2VResult> {
    const { emit } = this.#options;
    const { source, outputs, stage = "fix", retries = 0 } = options;
    if (outputs.length === 0 || ("length" in input && input.length !== outputs.length)) {
      throw new TypeError("there must be an output for each disk, and at least one");
    }
    const features = await this.features();
    const signal = AbortSignal.any([this.#options.signal, ...(options.signal ? [options.signal] : [])]);
    const passed: Concern[] = [];
    const result = await withAttempts(() => this.#attempt(input, options, features, signal), {
      retries,
      signal,
      onRetry: ({ message }) => {
        emit({ type: "activity", vm: source.name, stage, message: `once more after: ${message}` });
        passed.push({
          id: "v2v/retried",
          severity: "information",
          message: `Tried once more after: ${message}`,
        });
      },
    });
    return { ...result, concerns: [...passed, ...result.concerns] };
  }

  /**
   * Converts several machines, some at the same time. One that fails leaves the others running.
   *
   * @param concurrency How many at the same time (default: what the host bears)
   * @returns what became of each, in the order of the tasks
   */
  async convertParallel(
    tasks: readonly V2VTask[],
    { concurrency = v2vConcurrency(tasks.length) }: { readonly concurrency?: number } = {},
  ): Promise<V2VOutcome[]> {
    const convert = async ({ input, options }: V2VTask): Promise<V2VOutcome> => {
      try {
        return { status: "succeeded", result: await this.convert(input, options) };
      } catch (error) {
        return { status: "failed", error: asMigrateError(error, options.stage ?? "fix") };
      }
    };
    const limit = pLimit(concurrency);
    return await Promise.all(tasks.map((task) => limit(convert, task)));
  }

  /** One virt-v2v in a folder of its own; whatever happens, folder and keys are gone afterwards. */
  async #attempt(
    input: readonly V2VDisk[] | V2VInput,
    options: V2VOptions,
    features: V2VFeatures,
    signal: AbortSignal,
  ): Promise<V2VResult> {
    if (signal.aborted) throw cancelled();
    const { source, outputs, logPath } = options;
    await using folder = await WorkDir.create(dirname(outputs[0]!));
    await using secrets = await SecretFiles.create(folder.path);
    const keyArgs = await luksArgs(options.keys ?? [], options.encrypted ?? [], secrets);
    const named = "length" in input ? await describe(input, options, folder.path) : input;
    const messages = await this.#run(folder.path, named, keyArgs, options, features, signal);
    const machine = parseOutputXml(await Deno.readTextFile(join(folder.path, `${source.name}.xml`)));
    if (machine.disks.length !== outputs.length) {
      const counts = `it made ${machine.disks.length} disks of ${outputs.length}`;
      throw new MigrateError("tool/failed", `Cannot take the result of virt-v2v: ${counts}.`);
    }
    const finished = await publish(machine, outputs, signal);
    return {
      outputs: finished,
      machine: {
        ...machine,
        disks: machine.disks.map((disk, index) => ({ ...disk, path: outputs[index]! })),
      },
      concerns: messageConcerns(messages),
      version: features.version,
      logPath,
    };
  }

  async #run(
    folder: string,
    input: V2VInput,
    keyArgs: readonly string[],
    options: V2VOptions,
    features: V2VFeatures,
    signal: AbortSignal,
  ): Promise<readonly V2VMessage[]> {
    const { accelerator, emit } = this.#options;
    const { source, nics, network = { kind: "network", name: "default" }, stage = "fix", logPath } = options;
    const messagesFile = join(folder, "messages");
    const { format, compress, root, outputs, extraArgs = [] } = options;
    const args = v2vArgs({
      ...{
        input,
        outputDir: folder,
        name: source.name,
        format,
        compress,
        messagesFile,
        keyArgs,
        root,
        extraArgs,
      },
      nics: nics.map(({ mac }) => ({ mac, attachment: network })),
      parallel: outputs.length,
    }, features);
    await Deno.mkdir(dirname(logPath), { recursive: true });
    await using sockets = await SocketFolder.create(folder);
    return await runV2V({
      args,
      env: v2vEnv(accelerator, folder, sockets.path, Deno.env.toObject()),
      messagesFile,
      logPath,
      signal,
      timeoutMs: options.timeoutMs,
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
}

/** Writes down what the disks are. */
async function describe(
  disks: readonly V2VDisk[],
  { source, nics }: V2VOptions,
  folder: string,
): Promise<V2VInput> {
  const path = join(folder, "source.libvirt.xml");
  await Deno.writeTextFile(path, sourceXml(source, disks, nics));
  return { kind: "libvirtxml", path };
}

/** Checks all disks, then gives them their names. */
async function publish(
  machine: V2VMachine,
  outputs: readonly string[],
  signal: AbortSignal,
): Promise<OutputDisk[]> {
  const finished: OutputDisk[] = [];
  for (const [index, disk] of machine.disks.entries()) {
    const { virtualSizeBytes, allocatedSizeBytes } = await checkImage(disk.path, disk.format, signal);
    await syncFile(disk.path);
    finished.push({ path: outputs[index]!, format: disk.format, virtualSizeBytes, allocatedSizeBytes });
  }
  for (const [index, disk] of machine.disks.entries()) await Deno.rename(disk.path, outputs[index]!);
  await syncFile(dirname(outputs[0]!));
  return finished;
}
