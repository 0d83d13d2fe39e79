/**
 * Finds UEFI firmware for guests on this host, from the firmware descriptors that distributions ship for
 * qemu (qemu's docs/interop/firmware.json).
 *
 * @module
 */
import { exists } from "../run/files.ts";
import { join } from "@std/path";
import { z } from "zod";
import { MigrateError } from "../model/error.ts";
import type { Firmware } from "../model/source.ts";
import type { ProofDisk } from "./qemu_args.ts";

/** Firmware as it is installed: variables are to be copied before use. */
export interface UefiFirmware {
  /** Firmware image. */
  readonly code: ProofDisk;
  /** Template of the variable store. */
  readonly varsTemplate: ProofDisk;
  /** Whether it needs System Management Mode. */
  readonly smm: boolean;
}

const FLASH_FILE = z.object({ filename: z.string(), format: z.string() });
const DESCRIPTOR = z.object({
  "interface-types": z.array(z.string()),
  mapping: z.object({
    device: z.literal("flash"),
    executable: FLASH_FILE,
    "nvram-template": FLASH_FILE,
  }),
  targets: z.array(z.object({ architecture: z.string(), machines: z.array(z.string()) })),
  features: z.array(z.string()),
});

/** Where descriptors are, the administrator's first. */
const DESCRIPTOR_FOLDERS = ["/etc/qemu/firmware", "/usr/share/qemu/firmware"];

/** Reads one descriptor; undefined when it is not for the kind of machine that is wanted. */
export function parseDescriptor(json: string, firmware: Firmware): UefiFirmware | undefined {
  const parsed = DESCRIPTOR.safeParse(JSON.parse(json));
  if (!parsed.success) return undefined; // descriptors of other machines have other members
  const { mapping, targets, features } = parsed.data;
  const fits = parsed.data["interface-types"].includes("uefi") &&
    targets.some(({ architecture, machines }) =>
      architecture === "x86_64" && machines.some((machine) => machine.startsWith("pc-q35"))
    );
  const secure = features.includes("secure-boot") && features.includes("enrolled-keys");
  const plain = !features.includes("secure-boot") && !features.includes("requires-smm");
  if (!fits || !(firmware === "uefi-secure-boot" ? secure : plain)) return undefined;
  const file = (entry: z.infer<typeof FLASH_FILE>): ProofDisk => ({
    path: entry.filename,
    format: entry.format,
  });
  return {
    code: file(mapping.executable),
    varsTemplate: file(mapping["nvram-template"]),
    smm: features.includes("requires-smm"),
  };
}

/**
 * Finds UEFI firmware that is installed, by the order of the descriptors' names.
 *
 * @throws {MigrateError} `tool/missing` when there is none
 */
export async function findUefi(
  firmware: Exclude<Firmware, "bios">,
  folders: readonly string[] = DESCRIPTOR_FOLDERS,
): Promise<UefiFirmware> {
  for (const path of await descriptors(folders)) {
    const found = parseDescriptor(await Deno.readTextFile(path), firmware);
    if (found !== undefined && await isFile(found.code.path) && await isFile(found.varsTemplate.path)) {
      return found;
    }
  }
  const kind = firmware === "uefi" ? "UEFI firmware" : "UEFI firmware with Secure Boot";
  throw new MigrateError("tool/missing", `Cannot boot a UEFI guest: no ${kind} for qemu is installed.`, {
    stage: "prove",
    hint: "Install it: apt-get install ovmf (edk2-ovmf on Fedora and RHEL).",
  });
}

async function descriptors(folders: readonly string[]): Promise<string[]> {
  const paths: string[] = [];
  for (const folder of folders) {
    if (!await exists(folder)) continue;
    const names: string[] = [];
    for await (const entry of Deno.readDir(folder)) if (entry.name.endsWith(".json")) names.push(entry.name);
    paths.push(...names.sort().map((name) => join(folder, name)));
  }
  return paths;
}

async function isFile(path: string): Promise<boolean> {
  return await exists(path) && (await Deno.stat(path)).isFile;
}
