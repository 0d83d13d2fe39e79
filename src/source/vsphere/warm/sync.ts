/**
 * One round of a warm migration: a snapshot, and of its disks what the kept copy does not show yet.
 *
 * @module
 */
import { basename, join } from "@std/path";
import type { Concern } from "../../../model/concern.ts";
import { MigrateError } from "../../../model/error.ts";
import { removeIfThere } from "../../../run/files.ts";
import { changedAreas, EVER_WRITTEN } from "../changed_blocks.ts";
import { Datastores } from "../datastore.ts";
import { fetchRanges } from "../transfer/download.ts";
import { concernsOf } from "../machines/concerns.ts";
import { openFlat } from "../flat_disk.ts";
import { type Carries, diskNames } from "../modes/mode.ts";
import { insideRange, joinRanges, lengthOf, type Range, withoutRange } from "../transfer/ranges.ts";
import type { VsphereSession } from "../session.ts";
import { type FrozenVm, withSnapshot } from "../snapshot.ts";
import type { VmDetails, VmDisk } from "../machines/vm.ts";
import { BaseFile } from "./base_file.ts";
import { type DiskState, readState, type SyncRound, type SyncState, writeState } from "./state.ts";

/** How a round is done. */
export interface SyncOptions {
  /** Connections at the same time. */
  readonly streams?: number | undefined;
  /** Whether VMware Tools brings the filesystems to rest before the snapshot. */
  readonly quiesce: boolean;
  /** Whether a copy that is there is thrown away. */
  readonly restart: boolean;
  /** Stops the round; what was moved is kept. */
  readonly signal: AbortSignal;
  /** Receives what a person should know. */
  readonly onConcern: (concern: Concern) => void;
  /** Receives the progress of a disk, by its index. */
  readonly onProgress: (disk: number, doneBytes: number, totalBytes: number) => void;
}

/** What a round has done. */
export interface SyncResult {
  /** The round. */
  readonly round: SyncRound;
  /** The copy afterwards. */
  readonly state: SyncState;
}

/** What a warm migration can take along: it reads parts of flat disks. */
export const WARM_CARRIES: Carries = {
  running: true,
  deltas: false,
  rawDevices: false,
  needsChangeTracking: true,
};

/** Every concern; a critical one stands in the way. */
export function warmConcerns(vm: VmDetails): Concern[] {
  // Each round makes a snapshot, also of a machine that is off.
  const running = vm.power === "off" ? { ...vm, power: "on" as const } : vm;
  return concernsOf(running, { carries: WARM_CARRIES, shutsDown: false }).filter((one) =>
    one.id !== "vsphere/powered-on" || one.severity === "critical"
  );
}

/** How often what is done is noted, in bytes: what a kill costs at most. */
const NOTE_EVERY_BYTES = 64 * 1024 ** 2;

/**
 * Brings the copy in a folder up to the machine's present state.
 *
 * @throws {MigrateError} what went wrong; the next round goes on from there
 */
export async function syncRound(
  session: VsphereSession,
  vm: VmDetails,
  folder: string,
  options: SyncOptions,
): Promise<SyncResult> {
  const started = performance.now();
  await Deno.mkdir(folder, { recursive: true });
  const kept = await keptState(session, vm, folder, options.restart);
  return await withSnapshot(session, vm, { folder, ...options }, async (frozen) => {
    let state = await withWork(session, frozen, kept, options.onConcern);
    await writeState(folder, state);
    let movedBytes = 0, writtenBytes = 0;
    for (const [index, disk] of frozen.vm.disks.entries()) {
      const save = async (missing: readonly Range[]): Promise<void> => {
        state = { ...state, disks: state.disks.map((one, at) => at === index ? { ...one, missing } : one) };
        await writeState(folder, state);
      };
      const { missing } = state.disks[index]!;
      movedBytes += lengthOf(missing);
      const local = { ...state.disks[index]!, path: join(folder, state.disks[index]!.file) };
      const report = (done: number, total: number): void => options.onProgress(index, done, total);
      writtenBytes += await moveDisk(session, vm, disk, local, save, { ...options, report });
    }
    const elapsedMs = Math.round(performance.now() - started);
    const round = { at: new Date().toISOString(), movedBytes, writtenBytes, elapsedMs };
    state = { ...state, rounds: [...state.rounds, round] };
    await writeState(folder, state);
    return { round, state };
  });
}

/** The state of an earlier round, when it is of this machine with these disks; else an empty one. */
async function keptState(
  session: VsphereSession,
  vm: VmDetails,
  folder: string,
  restart: boolean,
): Promise<SyncState> {
  const before = restart ? undefined : await readState(folder);
  if (before === undefined) {
    const disks = diskNames(basename(folder), vm.disks.length).map((name, index) => {
      const { key, sizeBytes } = vm.disks[index]!;
      return { key, sizeBytes, file: `${name}.raw`, missing: [[0, sizeBytes] as const] };
    });
    for (const { file } of disks) await removeIfThere(join(folder, file));
    return { server: session.address, vm: vm.id, name: vm.name, disks, rounds: [] };
  }
  const isSame = before.vm === vm.id && before.disks.length === vm.disks.length &&
    before.disks.every((one, at) =>
      one.key === vm.disks[at]!.key && one.sizeBytes === vm.disks[at]!.sizeBytes
    );
  if (before.cutOverAt === undefined && isSame) return before;
  const reason = isSame ? `it was cut over at ${before.cutOverAt}` : "its disks are not those of the copy";
  throw new MigrateError("run/busy", `Cannot sync ${vm.name} into ${folder}: ${reason}.`, {
    hint: "--restart makes the copy anew.",
  });
}

/** What is to be moved so that the copy shows the snapshot. */
async function withWork(
  session: VsphereSession,
  { snapshot, vm }: FrozenVm,
  kept: SyncState,
  onConcern: (concern: Concern) => void,
): Promise<SyncState> {
  const disks: DiskState[] = [];
  for (const [index, disk] of vm.disks.entries()) {
    const before = kept.disks[index]!;
    const isNew = before.changeId === undefined;
    const areas = disk.changeId === undefined
      ? null
      : await changedAreas(session, vm.id, snapshot, disk, before.changeId ?? EVER_WRITTEN);
    if (areas === null && !(isNew && kept.rounds.length === 0)) onConcern(untracked(disk));
    const { changeId: _old, ...rest } = before;
    disks.push({
      ...rest,
      ...(disk.changeId === undefined ? {} : { changeId: disk.changeId }),
      // What a new copy has not been told of is a hole, and zero on the server, too.
      missing: areas === null
        ? [[0, disk.sizeBytes]]
        : isNew && kept.rounds.length === 0
        ? areas
        : joinRanges([...before.missing, ...areas]),
    });
  }
  return { ...kept, disks };
}

function untracked(disk: VmDisk): Concern {
  return {
    id: "vsphere/change-tracking",
    severity: "warning",
    message: `The server does not know what changed on ${disk.label}: it is read in full and compared.`,
    hint: "Turn change tracking on (ctkEnabled) while the VM is off.",
  };
}

interface MoveOptions extends SyncOptions {
  readonly report: (doneBytes: number, totalBytes: number) => void;
}

/** Moves what is missing of one disk; returns the bytes that were new. */
async function moveDisk(
  session: VsphereSession,
  vm: VmDetails,
  disk: VmDisk,
  local: DiskState & { readonly path: string },
  save: (missing: readonly Range[]) => Promise<void>,
  { streams, signal, report }: MoveOptions,
): Promise<number> {
  const datastores = new Datastores(session, vm.datacenter);
  using base = await BaseFile.open(local.path, disk.sizeBytes);
  let missing: readonly Range[] = local.missing;
  const total = lengthOf(missing);
  let done = 0, noted = 0;
  let noting: Promise<void> = Promise.resolve();
  const note = async (): Promise<void> => {
    const now = missing;
    await base.sync(); // the note never promises what is not on storage
    await save(now);
  };
  try {
    for (const { file, remote, start, end } of total === 0 ? [] : await openFlat(datastores, disk)) {
      const wanted = insideRange(missing, [start, end]).map((
        [from, to],
      ): Range => [from - start, to - start]);
      await fetchRanges(datastores, { file, remote }, wanted, {
        write: async (offset, bytes) => {
          await base.write(start + offset, bytes);
          missing = withoutRange(missing, [start + offset, start + offset + bytes.length]);
          done += bytes.length;
          report(done, total);
          if (done - noted < NOTE_EVERY_BYTES) return;
          noted = done;
          await (noting = noting.then(note));
        },
      }, { streams, signal });
    }
  } finally {
    await noting;
    await note();
  }
  return base.writtenBytes;
}
