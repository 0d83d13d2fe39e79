/**
 * VsphereExporter: machines out of a vCenter or ESXi host into folders of their own, each with its disks and the
 * hardware around them. A machine that fails leaves the others running.
 *
 * @module
 */
import { exists } from "../run/files.ts";
import { FolderLock } from "../run/lock.ts";
import { mapParallelByGroup } from "../run/parallel.ts";
import { join } from "@std/path";
import type { Concern } from "../model/concern.ts";
import type { MigrateError } from "../model/error.ts";
import type { EventSink } from "../model/event.ts";
import type { DiscoveredSource } from "../model/source.ts";
import type { Job } from "../config/schema.ts";
import { concernsOf } from "../source/vsphere/machines/concerns.ts";
import { chooseMode, type ChosenMode } from "../source/vsphere/modes/choose.ts";
import { type ExportMode, MODES } from "../source/vsphere/modes/table.ts";
import { EXPORT_FILE, exported } from "../source/vsphere/exported.ts";
import { packageFiles } from "../source/vsphere/ovf_package.ts";
import { exportMachine, shutdownOf } from "../source/vsphere/export_machine.ts";
import { removeNoted } from "../source/vsphere/snapshot.ts";
import { type Inventory, readDetails, readInventory } from "../source/vsphere/inventory.ts";
import { selectVms } from "../source/vsphere/machines/selection.ts";
import type { VsphereSession } from "../source/vsphere/session.ts";
import type { VmSummary } from "../source/vsphere/machines/vm.ts";
import type { SourceContext } from "../source/source.ts";
import { readHead } from "../source/input/input_head.ts";
import { selectSource } from "./disk_discovery.ts";
import { heed, type VmStage, vmStage } from "./vsphere_stage.ts";

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
  /** Machines of one ESXi host at the same time (default: 4). */
  readonly vmsPerHost?: number;
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
  /** How its disks left the server. */
  readonly mode?: ExportMode;
  /** Why in this way. */
  readonly reason?: string;
  /** What a person should know. */
  readonly concerns: readonly Concern[];
  /** The machine, ready for the pipeline; a mode that is about files gives none. */
  readonly source?: DiscoveredSource;
  /** The OVF around its disks, where there is one. */
  readonly ovf?: string;
  /** Why it failed. */
  readonly error?: MigrateError;
}

type Found = Pick<VmExport, "source" | "ovf">;
type Done = Pick<VmExport, "status"> & Found & Partial<ChosenMode>;

/** As many as an ESXi host should send at once: its NFC service has room for few. */
const VMS_PER_HOST = 4;
/** ESXi hosts at the same time. */
const HOSTS_AT_ONCE = 8;

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
    const { session, vms, outputDir } = this.#options;
    const inventory = await readInventory(session);
    const selected = selectVms(inventory.vms, vms);
    const folders = folderNames(selected);
    await Deno.mkdir(outputDir, { recursive: true });
    await using _lock = await FolderLock.take(outputDir);
    const limits = { groups: HOSTS_AT_ONCE, perGroup: this.#options.vmsPerHost ?? VMS_PER_HOST };
    // A host has room for few exports at once; several hosts work side by side.
    return await mapParallelByGroup(
      selected,
      (vm) => vm.host,
      limits,
      (vm, index) => this.#exportOne(inventory, vm, join(outputDir, folders[index]!)),
    );
  }

  async #exportOne(inventory: Inventory, vm: VmSummary, folder: string): Promise<VmExport> {
    const { session, signal, emit = () => {}, force = false, mode } = this.#options;
    const about = { name: vm.name, id: vm.id, folder };
    const told = { vm: vm.name, title: "Export from vSphere", signal, emit };
    const marker = mode === "auto" ? undefined : MODES[mode].marker;
    const { concerns, value, error } = await vmStage<Done>(told, async (stage) => {
      if (!force && await exists(join(folder, marker ?? EXPORT_FILE))) {
        await removeNoted(session, folder, stage.onConcern);
        const value = { status: "present" as const, ...await this.#discovered(folder) };
        return { value, summary: "exported by an earlier run", skipped: true };
      }
      const chosen = await this.#export(inventory, vm, folder, stage);
      const found = await this.#discovered(folder);
      const what = found.source === undefined ? "files" : `${found.source.disks.length} disks`;
      const summary = `${what} by ${chosen.mode}: ${chosen.reason}`;
      return { value: { status: "exported" as const, ...chosen, ...found }, summary };
    });
    if (value !== undefined) {
      const { source, ...rest } = value;
      return {
        ...about,
        ...rest,
        concerns,
        ...(source === undefined ? {} : { source: { ...source, concerns } }),
      };
    }
    return { ...about, status: signal.aborted ? "cancelled" : "failed", concerns, error: error! };
  }

  async #export(
    inventory: Inventory,
    summary: VmSummary,
    folder: string,
    stage: VmStage,
  ): Promise<ChosenMode> {
    const { session, job = {}, mode, signal } = this.#options;
    // What a run that was killed has left would make the disks deltas.
    await removeNoted(session, folder, stage.onConcern);
    const [vm] = await readDetails(session, inventory, [summary]);
    const shutsDown = shutdownOf(job) !== "none";
    const chosen = mode === "auto" ? chooseMode(vm!, shutsDown) : { mode, reason: "as asked for" };
    heed(`export ${vm!.name}`, concernsOf(vm!, { carries: MODES[chosen.mode].carries, shutsDown }), stage);
    await exportMachine(session, vm!, folder, {
      mode: chosen.mode,
      job,
      signal,
      context: this.#context(),
      ...stage,
    });
    return chosen;
  }

  /** Reads what was written back, so that `convert` gets the same from here as from the file. */
  async #discovered(folder: string): Promise<Found> {
    const location = join(folder, EXPORT_FILE);
    if (!await exists(location)) return {};
    const found = await exported.read(await readHead(location), this.#context());
    const { name = "", disks, machine = { nics: [] } } = found;
    const source = { kind: exported.kind, location, name, disks, machine };
    const [ovf] = packageFiles(folder);
    return await exists(ovf) ? { source, ovf } : { source };
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
