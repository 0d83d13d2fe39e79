/**
 * Disks in archives, and compressed disks. What lies in an archive uncompressed is opened where it is; the
 * rest is unpacked into the work folder, sparse, and then read as a file of its own.
 *
 * @module
 */
import { basename, dirname, join } from "@std/path";
import type { Concern } from "../../model/concern.ts";
import type { SourceDisk } from "../../model/disk.ts";
import { standsOnOthers } from "../layers/chain.ts";
import { readHead, windowHead } from "../input/input_head.ts";
import type { FoundMachine, InputHead, SourceContext } from "../source.ts";
import { opensInPlace, streamWindow, type Window } from "../input/window.ts";
import { findCandidates } from "./candidates.ts";
import { type Candidate, chooseDisk, list, wantedMembers } from "./choose.ts";
import { type Compression, decompress } from "./decompress.ts";
import { type ArchiveLimits, limitsOf, MAX_DEPTH } from "./limits.ts";
import { type Member, refused } from "./member.ts";
import { checkNames } from "./neighbours.ts";
import { tarMembers } from "./tar_members.ts";
import { Unpacking } from "./unpack.ts";
import { zipMembers } from "./zip_members.ts";

/** What lists the members of an archive, by its kind. */
const LISTERS: Readonly<Record<"tar" | "zip", Lister>> = { tar: tarMembers, zip: zipMembers };

type Lister = (archive: Window, limits: ArchiveLimits, signal: AbortSignal) => Promise<Member[]>;

/** Where an input's bytes are. */
function windowOf({ path, sizeBytes, inside }: InputHead): Window {
  return inside ?? { path, offset: 0, sizeBytes };
}

/**
 * Reads the disk or the machine in an archive.
 *
 * @throws {MigrateError} `source/damaged`, `source/unsupported`, `space/full` or `run/cancelled`
 */
export async function readArchive(
  head: InputHead,
  context: SourceContext,
  kind: keyof typeof LISTERS,
): Promise<FoundMachine> {
  const { path } = head;
  if (context.depth >= MAX_DEPTH) throw refused(path, `archives lie in archives, over ${MAX_DEPTH} deep`);
  const all = await LISTERS[kind](windowOf(head), limitsOf(context), context.signal);
  const { member: wanted, ...job } = context.job;
  // A name that is not in the outer archive may be in the only one inside.
  const isHere = wanted !== undefined && all.some(({ name }) => name === wanted || basename(name) === wanted);
  const looked = isHere ? wantedMembers(all, wanted, path) : all;
  const found = await findCandidates(looked, context);
  const choice = chooseDisk(wanted === undefined || isHere ? found : found.filter(isArchive));
  if (choice === null) {
    if (wanted !== undefined && !isHere) wantedMembers(all, wanted, path);
    throw refused(
      path,
      `no disk is in it (${all.length === 0 ? "it is empty" : list(all.map((m) => m.name))})`,
    );
  }
  const inner = { ...context, job: isHere ? job : context.job, depth: context.depth + 1 };
  const machine = await readMember(choice.candidate, all, path, inner);
  return withConcern(machine, choice.concern);
}

function isArchive({ role }: Candidate): boolean {
  return role === "archive";
}

function withConcern(found: FoundMachine, concern: Concern | undefined): FoundMachine {
  return concern === undefined ? found : { ...found, concerns: [concern, ...found.concerns ?? []] };
}

/** Reads a member as an input of its own. */
async function readMember(
  { member, role }: Candidate,
  all: readonly Member[],
  archive: string,
  context: SourceContext,
): Promise<FoundMachine> {
  if (member.window !== undefined) {
    const head = await windowHead(member.window);
    const source = context.select(head);
    const fits = role === "archive" || opensInPlace(member.window);
    if (source.inPlace && fits && role !== "descriptor" && !await standsOnOthers(head, context.signal)) {
      checkNames(head.bytes, archive);
      return named(await source.read(head, context), archive, member.name);
    }
  }
  const unpacking = await Unpacking.start(archive, context);
  await unpacking.add([member]);
  const head = await readHead(join(unpacking.folder, member.name));
  // A descriptor, a machine or a differencing disk needs the files around it; a packed disk shows only now what it is.
  const isAlone = role !== "machine" && role !== "descriptor" && !await standsOnOthers(head, context.signal);
  const neighbours = isAlone ? [] : neighboursOf(member, all);
  await unpacking.add(neighbours);
  for (const { name } of [member, ...neighbours]) {
    checkNames((await readHead(join(unpacking.folder, name))).bytes, archive);
  }
  return named(await context.select(head).read(head, context), archive, member.name);
}

/** The other members in the folder of one, and below it. */
function neighboursOf(member: Member, all: readonly Member[]): Member[] {
  const folder = dirname(member.name);
  return all.filter((one) => one !== member && (folder === "." || one.name.startsWith(`${folder}/`)));
}

/** The archive is what a person knows; the work folder's paths are gone soon. */
function named(found: FoundMachine, archive: string, name: string): FoundMachine {
  const disks = found.disks.map((disk): SourceDisk => ({
    ...disk,
    path: archive,
    files: [archive],
    detail: `${
      disk.detail === undefined || disk.detail.startsWith("from ") ? "" : `${disk.detail}, `
    }from ${name}`,
  }));
  return { ...found, disks };
}

/**
 * Reads what a compressed file holds.
 *
 * @throws {MigrateError} as {@linkcode readArchive}
 */
export async function readCompressed(
  head: InputHead,
  context: SourceContext,
  compression: Compression,
): Promise<FoundMachine> {
  const { path } = head;
  if (context.depth >= MAX_DEPTH) throw refused(path, `archives lie in archives, over ${MAX_DEPTH} deep`);
  const window = windowOf(head);
  const name = basename(path).replace(/\.(gz|xz|zst)$/i, "").replace(/\.tgz$/i, ".tar") || "disk";
  const member: Member = {
    name,
    sizeBytes: 0,
    read: (signal, guard) =>
      decompress(compression, guard.counted(streamWindow(window, signal)), path, signal),
  };
  const unpacking = await Unpacking.start(path, context);
  await unpacking.add([member]);
  const inner = await readHead(join(unpacking.folder, name));
  const found = await context.select(inner).read(inner, { ...context, depth: context.depth + 1 });
  const disks = found.disks.map((disk): SourceDisk => ({ ...disk, path, files: [path] }));
  return { ...found, disks };
}
