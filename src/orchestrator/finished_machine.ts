/**
 * Machines that are finished already, for the command `define`: out of the report of their conversion, or an image of
 * which nothing is known.
 *
 * @module
 */
import { basename, dirname, extname, join, resolve } from "@std/path";
import * as z from "zod";
import { imageInfo } from "../disk/qemu_img.ts";
import { MigrateError } from "../model/error.ts";
import type { Report, VmReport } from "../model/report.ts";
import type { DiscoveredSource, Nic } from "../model/source.ts";
import type { OutputDisk } from "../model/disk.ts";
import type { Guest } from "../model/guest.ts";
import { exists } from "../run/files.ts";
import { diskFirmware } from "../verify/disk_firmware.ts";
import { detectFormat } from "../verify/image_and_boot.ts";
import { definitionPath } from "./outputs.ts";

/** A finished machine. */
export interface FinishedMachine {
  /** The machine as it was. */
  readonly source: DiscoveredSource;
  /** The system on its disks, when it is known. */
  readonly guest?: Guest;
  /** Its network cards. */
  readonly nics: readonly Nic[];
  /** Its disks. */
  readonly disks: readonly OutputDisk[];
  /** Where its definition belongs. */
  readonly definition: string;
}

/** What of a report is needed; the rest is as this program has written it. */
const REPORT = z.looseObject({
  schemaVersion: z.literal(1),
  tool: z.looseObject({ name: z.literal("hyper2kvm") }),
  vms: z.array(z.looseObject({ name: z.string(), status: z.string() })),
});

/**
 * The machines of a report, or the one of an image. An image that a report beside it names is the machine of that
 * report.
 *
 * @throws {MigrateError} `source/missing`, `config/bad-file`, `disk/damaged`, `plan/blocked` for a report without a
 * machine that succeeded
 */
export async function finishedMachines(
  path: string,
  name: string | undefined,
  signal: AbortSignal,
): Promise<readonly FinishedMachine[]> {
  if (!await exists(path)) {
    throw new MigrateError("source/missing", `Cannot define ${path}: there is no such file.`, {
      stage: "define",
      hint: "Name a finished image, a report.json, or the folder that holds it.",
    });
  }
  const folder = (await Deno.stat(path)).isDirectory;
  if (folder || extname(path) === ".json") return fromReport(folder ? join(path, "report.json") : path, name);
  const beside = join(dirname(path), "report.json");
  if (await exists(beside)) {
    const known = (await readReport(beside)).vms.find((vm) =>
      vm.outputs.some((disk) => resolve(disk.path) === resolve(path))
    );
    if (known !== undefined) return [finished(known, dirname(beside), name)];
  }
  return [await fromImage(path, name, signal)];
}

async function fromReport(path: string, name: string | undefined): Promise<FinishedMachine[]> {
  const { vms } = await readReport(path);
  const done = vms.filter(({ status }) => status === "succeeded");
  if (done.length === 0) {
    throw new MigrateError(
      "plan/blocked",
      `Cannot define what ${path} reports: no machine of it succeeded.`,
      {
        stage: "define",
        hint: "Run its conversion again; it goes on where it stopped.",
      },
    );
  }
  if (name !== undefined && done.length > 1) {
    throw new MigrateError("usage/bad-option", `Cannot name ${done.length} machines ${name}.`, {
      hint: "Name the image of one of them instead of the report.",
    });
  }
  return done.map((vm) => finished(vm, dirname(resolve(path)), name));
}

async function readReport(path: string): Promise<Report> {
  const text = await Deno.readTextFile(path);
  const parsed = REPORT.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data as unknown as Report;
  throw new MigrateError("config/bad-file", `Cannot read ${path}: it is no report of hyper2kvm.`, {
    stage: "define",
    hint: "Name the report.json that convert has written.",
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function finished(vm: VmReport, folder: string, name = vm.name): FinishedMachine {
  const { source, guest, nics, outputs } = vm;
  if (source === undefined) throw new Error(`the report of ${vm.name} has no source`);
  return {
    source: { ...source, name },
    ...(guest === undefined ? {} : { guest }),
    nics,
    disks: outputs,
    definition: definitionPath(folder, name),
  };
}

/** An image of which nothing is known: the default machine, with the firmware that its partition table asks for. */
async function fromImage(
  path: string,
  given: string | undefined,
  signal: AbortSignal,
): Promise<FinishedMachine> {
  const image = resolve(path);
  const name = given ?? basename(image, extname(image));
  const format = await detectFormat(image, signal);
  const { virtualSizeBytes, allocatedSizeBytes } = await imageInfo(image, format, signal);
  const scratch = await Deno.makeTempDir({ prefix: "hyper2kvm-define-" });
  try {
    const firmware = await diskFirmware(image, format, scratch, signal);
    const nics: Nic[] = [{ mac: generatedMac(image), macOrigin: "generated" }];
    return {
      source: { kind: format, location: image, name, disks: [], machine: { firmware, nics } },
      nics,
      disks: [{ path: image, format, virtualSizeBytes, allocatedSizeBytes }],
      definition: join(dirname(image), `${name}.xml`),
    };
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

/** An address with the prefix of QEMU that is the same for the same path each time. */
function generatedMac(path: string): string {
  let hash = 0;
  for (const byte of new TextEncoder().encode(path)) hash = (Math.imul(hash, 31) + byte) >>> 0;
  const tail = [16, 8, 0].map((shift) => ((hash >> shift) & 0xff).toString(16).padStart(2, "0"));
  return ["52", "54", "00", ...tail].join(":");
}
