/**
 * VsphereExporter: machines out of a vCenter or ESXi host into folders of their own, each with its disks and the
 * hardware around them. A machine that fails leaves the others running.
 *
 * @module
 */
import { exists } from "../run/files.ts";
import { FolderLock } from "../run/lock.ts";
import { mapParallel } from "../run/parallel.ts";
import { join } from "@std/path";
import { asMigrateError } from "../model/as_migrate_error.ts";
import type { Concern } from "../model/concern.ts";
import { cancelled, MigrateError } from "../model/error.ts";
import type { EventSink } from "../model/event.ts";
import type { DiscoveredSource } from "../model/source.ts";
import type { Job } from "../config/schema.ts";
import { concernsOf } from "../source/vsphere/concerns.ts";
import { chooseMode, type ChosenMode } from "../source/vsphere/modes/choose.ts";
import { type ExportMode, MODES } from "../source/vsphere/modes/table.ts";
import { EXPORT_FILE, exported } from "../source/vsphere/exported.ts";
import { exportMachine, shutdownOf } from "../source/vsphere/export_machine.ts";
import { removeNoted } from "../source/vsphere/snapshot.ts";
import { type Inventory, readDetails, readInventory } from "../source/vsphere/inventory.ts";
import { selectVms } from "../source/vsphere/selection.ts";
import type { VsphereSession } from "../source/vsphere/session.ts";
import type { VmSummary } from "../source/vsphere/vm.ts";
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
  /** The machine, ready for the pipeline. */
  readonly source?: DiscoveredSource;
  /** Why it failed. */
  readonly error?: MigrateError;
}

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
    const results: VmExport[] = [];
    const byHost = Map.groupBy(selected.keys(), (index) => selected[index]!.host);
    // A host has room for few exports at once; several hosts work side by side.
    await mapParallel([...byHost.values()], HOSTS_AT_ONCE, async (indexes) => {
      await mapParallel(indexes, this.#options.vmsPerHost ?? VMS_PER_HOST, async (index) => {
        results[index] = await this.#exportOne(inventory, selected[index]!, join(outputDir, folders[index]!));
      });
    });
    return results;
  }

  async #exportOne(inventory: Inventory, vm: VmSummary, folder: string): Promise<VmExport> {
    const { signal, emit = () => {} } = this.#options;
    const started = performance.now();
    const about = { name: vm.name, id: vm.id, folder };
    const concerns: Concern[] = [];
    const onConcern = (concern: Concern): void => {
      concerns.push(concern);
      emit({ type: "concern", vm: vm.name, concern });
    };
    const stage = "discover" as const;
    const end = (status: "done" | "skipped" | "failed", summary: string): void => {
      const elapsedMs = Math.round(performance.now() - started);
      emit({ type: "stage-end", vm: vm.name, stage, status, elapsedMs, summary });
    };
    emit({ type: "stage-start", vm: vm.name, stage, title: "Export from vSphere" });
    try {
      if (signal.aborted) throw cancelled(stage);
      if (this.#options.force !== true && await exists(join(folder, EXPORT_FILE))) {
        await removeNoted(this.#options.session, folder, onConcern);
        end("skipped", "exported by an earlier run");
        return { ...about, status: "present", concerns, source: await this.#discovered(folder, concerns) };
      }
      const chosen = await this.#export(inventory, vm, folder, onConcern);
      const source = await this.#discovered(folder, concerns);
      end("done", `${source.disks.length} disks by ${chosen.mode}: ${chosen.reason}`);
      return { ...about, status: "exported", ...chosen, concerns, source };
    } catch (thrown) {
      const error = signal.aborted ? cancelled(stage) : asMigrateError(thrown, stage);
      end("failed", error.message);
      return { ...about, status: signal.aborted ? "cancelled" : "failed", concerns, error };
    }
  }

  async #export(
    inventory: Inventory,
    summary: VmSummary,
    folder: string,
    onConcern: (concern: Concern) => void,
  ): Promise<ChosenMode> {
    const { session, job = {}, mode, signal, emit = () => {} } = this.#options;
    const [vm] = await readDetails(session, inventory, [summary]);
    const shutsDown = shutdownOf(job) !== "none";
    const chosen = mode === "auto" ? chooseMode(vm!, shutsDown) : { mode, reason: "as asked for" };
    const concerns = concernsOf(vm!, { carries: MODES[chosen.mode].carries, shutsDown });
    concerns.forEach(onConcern);
    refuseCritical(summary.name, concerns);
    await exportMachine(session, vm!, folder, {
      mode: chosen.mode,
      job,
      signal,
      onConcern,
      context: this.#context(),
      onProgress: (disk, doneBytes, totalBytes) =>
        emit({ type: "progress", vm: summary.name, stage: "discover", disk, doneBytes, totalBytes }),
    });
    return chosen;
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
