/**
 * Puts a finished machine where it is to run: its disks into a storage pool, if one is named, its definition beside
 * the disks and into libvirt.
 *
 * @module
 */
import { basename } from "@std/path";
import type { Job } from "../config/schema.ts";
import type { Concern } from "../model/concern.ts";
import type { OutputDisk } from "../model/disk.ts";
import { checkAbilities } from "./abilities.ts";
import { callLibvirt, type CallOptions } from "./calls.ts";
import { defineDomain, writeDefinition } from "./define.ts";
import { domainXml } from "./domain_xml.ts";
import type { TargetMachine } from "./target_machine.ts";
import { DEFAULT_URI, isLocalUri, withAuthFile } from "./uri.ts";

/** What is to be placed where. */
export interface PlaceRequest extends CallOptions {
  /** The machine, with its disks where they are now. */
  readonly machine: TargetMachine;
  /** Its disks. */
  readonly disks: readonly OutputDisk[];
  /** Where the definition is written; nowhere when it is left out. */
  readonly definition?: string;
  /** The options. */
  readonly job: Pick<Job, "uri" | "uri_auth" | "pool" | "replace" | "autostart">;
}

/** A machine that libvirt has. */
export interface PlacedMachine {
  /** Where, without credentials. */
  readonly uri: string;
  /** Its UUID. */
  readonly uuid: string;
  /** Whether another one made room for it. */
  readonly replaced: boolean;
  /** What keeps it from starting there. */
  readonly concerns: readonly Concern[];
}

/**
 * Places a machine. When it fails, neither domain nor volume of it is left.
 *
 * @throws {MigrateError} `usage/output-exists`, `usage/bad-value`, `library/missing`, `libvirt/failed`, `run/cancelled`
 */
export async function placeMachine(request: PlaceRequest): Promise<PlacedMachine> {
  const { job, disks, definition } = request;
  const uri = job.uri ?? DEFAULT_URI;
  const place = { uri: withAuthFile(uri, job.uri_auth), isLocal: isLocalUri(uri) };
  const { machine, concerns } = await suited(request, place, uri);
  const placed = job.pool === undefined ? machine : await upload(request, machine, job.pool, place.uri);
  const xml = domainXml(placed);
  if (definition !== undefined) await writeDefinition(xml, definition);
  try {
    const { uuid, replaced, concerns: more } = await defineDomain({
      ...{ xml, name: machine.name, uri: place.uri, replace: job.replace, autostart: job.autostart },
      networks: networksOf(machine),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
    return { uri, uuid, replaced, concerns: [...concerns, ...more] };
  } catch (error) {
    if (job.pool !== undefined) {
      const names = disks.map(({ path }) => basename(path));
      await callLibvirt("discard", { uri: place.uri, pool: job.pool, names });
    }
    throw error;
  }
}

/** The machine as its host can run it. */
async function suited(
  { machine, job }: PlaceRequest,
  place: { readonly uri: string; readonly isLocal: boolean },
  uri: string,
): Promise<{ readonly machine: TargetMachine; readonly concerns: readonly Concern[] }> {
  if (new URL(uri).protocol === "test:") return { machine, concerns: [] };
  const asked = place.isLocal ? { virtType: machine.accelerator } : {};
  const { virtType, xml } = await callLibvirt("abilities", { uri: place.uri, ...asked });
  checkAbilities(xml, machine, uri);
  const suitable = { ...machine, accelerator: virtType };
  if (place.isLocal || job.pool !== undefined) return { machine: suitable, concerns: [] };
  return {
    machine: suitable,
    concerns: [{
      id: "define/disks",
      severity: "warning",
      message: `The disks stay on this host; the machine on ${uri} looks for them under the same paths.`,
      hint: "Give --pool to upload them, unless both hosts share that storage.",
    }],
  };
}

async function upload(
  { disks, job, signal, onProgress }: PlaceRequest,
  machine: TargetMachine,
  pool: string,
  uri: string,
): Promise<TargetMachine> {
  const options = {
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
  const volumes = await callLibvirt(
    "upload",
    { uri, pool, name: machine.name, disks, replace: job.replace },
    options,
  );
  const placed = machine.disks.map(({ isDevice: _isDevice, ...disk }, index) => {
    const volume = volumes[index];
    if (volume === undefined) return disk;
    return { ...disk, path: volume.path, ...(volume.isDevice ? { isDevice: true } : {}) };
  });
  return { ...machine, disks: placed };
}

/** libvirt's networks that its cards are on. */
function networksOf({ nics }: TargetMachine): string[] {
  return nics.filter((nic) => nic.attachment.kind === "network").map((nic) => nic.attachment.name);
}
