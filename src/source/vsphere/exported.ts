/**
 * An exported machine on disk: its disks, and `source.json` with the hardware around them, which `convert` takes
 * as a source.
 *
 * @module
 */
import { basename, dirname, join } from "@std/path";
import * as z from "zod";
import { MigrateError } from "../../model/error.ts";
import type { DiskController } from "../../model/disk.ts";
import type { Machine } from "../../model/source.ts";
import { writeWhole } from "../../run/files.ts";
import { readHead } from "../input/input_head.ts";
import type { FoundMachine, InputHead, Source, SourceContext } from "../source.ts";

/** Name of the file. */
export const EXPORT_FILE = "source.json";

/** What the file says first: it tells the kind. */
const FORMAT = "hyper2kvm-export";

const CONTROLLER = z.enum(["scsi", "ide", "sata", "nvme", "virtio", "unknown"]);

const schema = z.object({
  format: z.literal(FORMAT),
  version: z.literal(1),
  /** Where it came from, for people: server and managed object. */
  origin: z.string(),
  name: z.string().min(1),
  machine: z.object({
    cpus: z.number().int().positive().optional(),
    memoryBytes: z.number().int().positive().optional(),
    firmware: z.enum(["bios", "uefi", "uefi-secure-boot"]).optional(),
    tpm: z.boolean().optional(),
    nics: z.array(z.object({
      mac: z.string().regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/, "a MAC address"),
      macOrigin: z.literal("source"),
      network: z.string().optional(),
      model: z.string().optional(),
    })),
    osHint: z.string().optional(),
  }),
  disks: z.array(z.object({
    /** File beside this one. */
    file: z.string().min(1).refine((file) => basename(file) === file && file !== "..", "no folders"),
    controller: CONTROLLER,
    slot: z.number().int().nonnegative(),
    /** Kind of source that reads it; without it the content decides. */
    kind: z.string().optional(),
  })).min(1),
});

/** What `source.json` holds. */
export interface ExportedMachine {
  /** Where it came from, for people: server, path and id. */
  readonly origin: string;
  /** Name of the VM. */
  readonly name: string;
  /** Its hardware. */
  readonly machine: Machine;
  /** Its disks in boot order: a file beside this one, and where it sat. */
  readonly disks: readonly {
    readonly file: string;
    readonly controller: DiskController;
    readonly slot: number;
    readonly kind?: string;
  }[];
}

/** Writes `source.json` into the folder of the disks, complete or not at all. */
export async function writeExported(folder: string, machine: ExportedMachine): Promise<string> {
  const path = join(folder, EXPORT_FILE);
  const text = JSON.stringify({ format: FORMAT, version: 1, ...machine }, null, 2);
  await writeWhole(path, `${text}\n`);
  return path;
}

async function read(head: InputHead, context: SourceContext): Promise<FoundMachine> {
  const { name, machine, disks } = parse(head.path, await Deno.readTextFile(head.path));
  const found = await readDisks(dirname(head.path), disks, context);
  return { name, machine, disks: found };
}

/** Reads exported disks; one that is incomplete is refused. */
export async function readDisks(
  folder: string,
  disks: ExportedMachine["disks"],
  context: SourceContext,
): Promise<FoundMachine["disks"]> {
  const found: FoundMachine["disks"][number][] = [];
  for (const { file, controller, slot, kind } of disks) {
    const head = await readHead(join(folder, file));
    const { disks: inside } = await context.select(head, kind).read(head, context);
    found.push(...inside.map((disk) => ({ ...disk, controller, slot })));
  }
  return found;
}

function parse(path: string, text: string): ExportedMachine {
  try {
    return schema.parse(JSON.parse(text)) as ExportedMachine;
  } catch (error) {
    const reason = error instanceof z.ZodError ? error.issues[0]!.message : (error as Error).message;
    throw new MigrateError("source/damaged", `Cannot read ${path}: ${reason.replace(/\.$/, "")}.`, {
      hint: "Export the VM again.",
      cause: error,
    });
  }
}

/** A machine exported from vSphere. */
export const exported: Source = {
  kind: "vsphere-export",
  title: "machine exported by hyper2kvm vsphere export (source.json)",
  matches: ({ bytes }: InputHead): boolean =>
    new RegExp(`^\\s*\\{\\s*"format"\\s*:\\s*"${FORMAT}"`).test(
      new TextDecoder().decode(bytes.subarray(0, 256)),
    ),
  read,
};
