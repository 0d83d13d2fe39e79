/**
 * The disks that a description of a machine names by path, as VMX and libvirt's XML do.
 *
 * @module
 */
import { basename, dirname, isAbsolute, join } from "@std/path";
import type { SourceDisk } from "../../model/disk.ts";
import type { Concern } from "../../model/concern.ts";
import { MigrateError } from "../../model/error.ts";
import type { Place } from "./drive_order.ts";
import { readHead } from "../input/input_head.ts";
import { namedFileSize } from "../input/named_file.ts";
import type { InputHead, Source, SourceContext } from "../source.ts";

/** A disk and where it sits. */
export interface ListedDisk extends Place {
  /** Path as the description has it. */
  readonly file: string;
}

/** What the files hold. */
export interface FoundDisks {
  /** Disks in the order given. */
  readonly disks: readonly SourceDisk[];
  /** What a person should know. */
  readonly concerns: readonly Concern[];
}

/**
 * Reads the disks of a description.
 *
 * @param select picks the kind of a disk; what it returns reads it
 * @throws {MigrateError} `source/missing` naming a disk that is not there, or what reading it throws
 */
export async function readListedDisks<D extends ListedDisk>(
  description: string,
  listed: readonly D[],
  context: SourceContext,
  select: (head: InputHead, disk: D) => Source,
): Promise<FoundDisks> {
  const disks: SourceDisk[] = [];
  const concerns: Concern[] = [];
  for (const one of listed) {
    const head = await readHead(await findFile(description, one.file, context.depth > 0));
    const found = await select(head, one).read(head, context);
    const { controller, controllerNumber, slot } = one;
    disks.push(...found.disks.map((disk) => ({ ...disk, controller, controllerNumber, slot })));
    concerns.push(...found.concerns ?? []);
  }
  if (disks.length > 0) return { disks, concerns };
  throw new MigrateError("source/damaged", `Cannot read ${description}: it names no hard disk.`, {
    hint: "Name the disk itself.",
  });
}

/** As named, or beside the description: a copied machine keeps the paths of where it ran. */
async function findFile(description: string, file: string, isForeign: boolean): Promise<string> {
  const folder = dirname(description);
  if (isForeign && (isAbsolute(file) || file.split(/[/\\]/).includes(".."))) {
    throw new MigrateError("source/unsupported", `Cannot read ${description}: it names the disk ${file}.`, {
      hint: "A machine in an archive may only name files in it. Unpack it by hand if you trust it.",
    });
  }
  const named = isAbsolute(file) ? file : join(folder, file);
  for (const path of [named, join(folder, basename(file.replaceAll("\\", "/")))]) {
    if (await namedFileSize(path) !== null) return path;
  }
  throw new MigrateError("source/missing", `Cannot read ${description}: its disk ${file} is missing.`, {
    hint: "Put the disk beside it, or correct the path.",
  });
}
