/**
 * VsphereExporter: machines out of a vCenter or ESXi host into folders of their own, each with its disks and the
 * hardware around them. A machine that fails leaves the others running.
 *
 * @module
 */
import { exists } from "../run/files.ts";
import { join } from "@std/path";
import { asMigrateError } from "../model/as_migrate_error.ts";
import type { Concern } from "../model/concern.ts";
import { cancelled, MigrateError } from "../model/error.ts";
import type { SourceDisk } from "../model/disk.ts";
import type { EventSink } from "../model/event.ts";
import type { DiscoveredSource } from "../model/source.ts";
import type { Job } from "../config/schema.ts";
import { concernsOf } from "../source/vsphere/concerns.ts";
import { chooseMode, type ChosenMode } from "../source/vsphere/modes/choose.ts";
import type { LocalDisk } from "../source/vsphere/modes/mode.ts";
import { type ExportMode, MODES } from "../source/vsphere/modes/table.ts";
import { EXPORT_FILE, exported, readDisks, writeExported } from "../source/vsphere/exported.ts";
import { type Inventory, readDetails, readInventory } from "../source/vsphere/inventory.ts";
import { selectVms } from "../source/vsphere/selection.ts";
import type { VsphereSession } from "../source/vsphere/session.ts";
import { machineOf, placeOf, type VmDetails, type VmSummary } from "../source/vsphere/vm.ts";
import type { SourceContext } from "../source/source.ts";
import { readHead } from "../source/input/input_head.ts";
import { selectSource } from "./disk_discovery.ts";

/** What an export needs. */
export interface VsphereExporterOptions {
  /** The session that everything is read over; the caller ends it. */
  readonly session: VsphereSession;
  /** Names, managed object ids, inventory paths or globs; none means every machine. */
  readonly vms: readonly string[];
  /** Folder that gets a folder for each machine. */
  readonly outputDir: string;
  /** How the disks leave the server; `auto` chooses for each machine. */
  readonly mode: ExportMode | "auto";
  /** Further options that a mode reads, such as `streams`. */
  readonly job?: Partial<Job>;
  /** Machines at the same time. */
  readonly vmsAtOnce: number;
  /** Export machines again that are there already. */
  readonly force?: boolean;
  /** Whether virt-v2v converts what is exported. */
  readonly useV2v?: boolean;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Receives events; without it the export is silent. */
  readonly emit?: EventSink;
}

/** What became of one machine. */
export interface VmExport {
  /** Name of the machine. */
  readonly name: string;
  /** Managed object id. */
  readonly id: string;
  /** `present`: an earlier run has exported it. */
  readonly status: "exported" | "present" | "failed" | "cancelled";
  /** The folder that it is in. */
  readonly folder: string;
  /** What a person should know. */
  readonly concerns: readonly Concern[];
  /** The machine, ready for the pipeline. */
  readonly source?: DiscoveredSource;
  /** Why it failed. */
  readonly error?: MigrateError;
}

/** Exports machines. */
export class VsphereExporter {
  readonly #options: VsphereExporterOptions;

  /** Prepares an export; nothing is read yet. */
  constructor(options: VsphereExporterOptions) {
    this.#options = options;
  }

  /** Whether virt-v2v converts what is exported; it takes no part in the export itself. */
  isV2vEnabled(): boolean {
    return this.#options.useV2v ?? false;
  }

  /**
   * The names of the selected machines.
   *
   * @throws {MigrateError} `source/missing` for a selector that names none
   */
  async getVmNames(): Promise<string[]> {
    const { session, vms } = this.#options;
    return selectVms((await readInventory(session)).vms, vms).map((vm) => vm.name);
  }

  /**
   * Exports the selected machines. One that fails is in the result; nothing is thrown for it.
   *
   * @throws {MigrateError} `source/missing` for a selector that names none
   */
  async exportMany(): Promise<VmExport[]> {
    const { session, vms, vmsAtOnce } = this.#options;
    const inventory = await readInventory(session);
    const selected = selectVms(inventory.vms, vms);
    const folders = folderNames(selected);
    const results: VmExport[] = [];
    const queue = selected.entries();
    const worker = async (): Promise<void> => {
      for (const [index, vm] of queue) results[index] = await this.#exportOne(inventory, vm, folders[index]!);
    };
    await Promise.all(Array.from({ length: Math.min(vmsAtOnce, selected.length) }, worker));
    return results;
  }

  async #exportOne(inventory: Inventory, vm: VmSummary, folderName: string): Promise<VmExport> {
    const { signal, emit = () => {}, outputDir } = this.#options;
    const started = performance.now();
    const folder = join(outputDir, folderName);
    const about = { name: vm.name, id: vm.id, folder };
    const concerns: Concern[] = [];
    const stage = "discover" as const;
    const end = (status: "done" | "skipped" | "failed", summary: string): void =>
      emit({
        type: "stage-end",
        vm: vm.name,
        stage,
        status,
        elapsedMs: Math.round(performance.now() - started),
        summary,
      });
    emit({ type: "stage-start", vm: vm.name, stage, title: "Export from vSphere" });
    try {
      if (signal.aborted) throw cancelled(stage);
      if (this.#options.force !== true && await exists(join(folder, EXPORT_FILE))) {
        end("skipped", "exported by an earlier run");
        return { ...about, status: "present", concerns, source: await this.#discovered(folder, concerns) };
      }
      const [details] = await readDetails(this.#options.session, inventory, [vm]);
      const chosen = this.#modeFor(details!);
      concerns.push(...concernsOf(details!, { carries: MODES[chosen.mode].carries, shutsDown: false }));
      for (const concern of concerns) emit({ type: "concern", vm: vm.name, concern });
      refuseCritical(vm.name, concerns);
      const source = await this.#export(details!, chosen.mode, folder, concerns);
      end("done", `${source.disks.length} disks by ${chosen.mode}: ${chosen.reason}`);
      return { ...about, status: "exported", concerns, source };
    } catch (thrown) {
      const error = signal.aborted ? cancelled(stage) : asMigrateError(thrown, stage);
      end("failed", error.message);
      return { ...about, status: signal.aborted ? "cancelled" : "failed", concerns, error };
    }
  }

  #modeFor(vm: VmDetails): ChosenMode {
    const { mode } = this.#options;
    return mode === "auto" ? chooseMode(vm, false) : { mode, reason: "as asked for" };
  }

  async #export(
    vm: VmDetails,
    mode: ExportMode,
    folder: string,
    concerns: readonly Concern[],
  ): Promise<DiscoveredSource> {
    const { session, job = {}, signal, emit = () => {} } = this.#options;
    await Deno.mkdir(folder, { recursive: true });
    const exportDisks = await MODES[mode].load();
    const disks = await exportDisks(session, vm, folder, {
      job,
      signal,
      onProgress: (disk, doneBytes, totalBytes) =>
        emit({ type: "progress", vm: vm.name, stage: "discover", disk, doneBytes, totalBytes }),
    });
    const places = disks.map(({ file, disk, kind }) => ({
      file,
      ...placeOf(disk),
      ...(kind === undefined ? {} : { kind }),
    }));
    const found = await readDisks(folder, places, this.#context());
    checkSizes(vm.name, disks, found);
    // Its presence says that the export is complete, so it comes last.
    const origin = `${session.address} ${vm.path} ${vm.id}`;
    await writeExported(folder, { origin, name: vm.name, machine: machineOf(vm), disks: places });
    for (const disk of disks) await disk.settle();
    return await this.#discovered(folder, concerns);
  }

  /** Reads what was written back, so that `convert` gets the same from here as from the file. */
  async #discovered(folder: string, concerns: readonly Concern[]): Promise<DiscoveredSource> {
    const location = join(folder, EXPORT_FILE);
    const found = await exported.read(await readHead(location), this.#context());
    return {
      kind: exported.kind,
      location,
      name: found.name ?? "",
      disks: found.disks,
      machine: found.machine ?? { nics: [] },
      concerns,
    };
  }

  #context(): SourceContext {
    return {
      signal: this.#options.signal,
      job: { source: [], name: undefined, kind: undefined },
      select: selectSource,
      depth: 0,
      resources: new AsyncDisposableStack(),
      workDir: () => Promise.reject(new Error("an exported machine needs no work folder")),
    };
  }
}

function refuseCritical(name: string, concerns: readonly Concern[]): void {
  const critical = concerns.filter((one) => one.severity === "critical");
  const [first] = critical;
  if (first === undefined) return;
  const reasons = critical.map((one) => one.message.replace(/\.$/, "")).join("; ");
  throw new MigrateError("plan/blocked", `Cannot export ${name}: ${reasons}.`, {
    ...(first.hint === undefined ? {} : { hint: first.hint }),
  });
}

/** A disk that arrived with another size than the server says is not the disk. */
function checkSizes(name: string, disks: readonly LocalDisk[], found: readonly SourceDisk[]): void {
  disks.forEach(({ disk, file }, index) => {
    const got = found[index]?.virtualSizeBytes;
    if (got === disk.sizeBytes) return;
    throw new MigrateError(
      "source/damaged",
      `Cannot export ${name}: ${file} has ${got} bytes, ${disk.label} has ${disk.sizeBytes}.`,
      { hint: "Run the same command again with --force." },
    );
  });
}

/** A folder name for each machine: its name, and its id where two would share one. */
export function folderNames(vms: readonly VmSummary[]): string[] {
  const names = vms.map(({ name }) =>
    name.replaceAll(/[^A-Za-z0-9._+-]/g, "_").replace(/^[.-]+/, "") || "vm"
  );
  return names.map((name, index) =>
    names.some((other, at) => at !== index && other.toLowerCase() === name.toLowerCase())
      ? `${name}_${vms[index]!.id}`
      : name
  );
}
