/**
 * VMware's configuration file of a machine. Pure: text in, values out.
 *
 * Format: VMware publishes no specification; the keys are those that VMware Workstation and ESXi write, and
 * the escapes are `|` with two hex digits.
 *
 * @module
 */
import type { DiskController } from "../../model/disk.ts";
import type { Firmware, Machine, Nic } from "../../model/source.ts";
import { bootOrder, type Place } from "../machine/drive_order.ts";
import { macAddress } from "../machine/mac_address.ts";

/** A hard disk of the machine. */
export interface VmxDrive extends Place {
  /** The file as the configuration names it. */
  readonly file: string;
}

/** One machine. */
export interface VmxMachine {
  /** Its name for people. */
  readonly name?: string;
  /** The hardware around the disks. */
  readonly machine: Machine;
  /** Its drives in boot order. */
  readonly drives: readonly VmxDrive[];
  /** Whether it is encrypted: hardware and disks cannot be read then. */
  readonly encrypted: boolean;
}

/** The settings, by lower-case key. */
type Settings = ReadonlyMap<string, string>;

const LINE = /^[ \t]*([\w.:-]+)[ \t]*=[ \t]*"([^"\r\n]*)"[ \t]*$/;

/** Whether a text begins as a configuration does: these keys are in every one. */
export function isVmx(head: string): boolean {
  return !head.includes("\0") && /^[ \t]*(config\.version|virtualHW\.version)[ \t]*=[ \t]*"/im.test(head);
}

/**
 * Reads a configuration.
 *
 * @throws {Error} when it has not a single setting
 */
export function readVmx(text: string): VmxMachine {
  const settings = settingsOf(text);
  if (settings.size === 0) throw new Error("it has no settings");
  const name = settings.get("displayname");
  const firmware = firmwareOf(settings);
  const memoryMiB = Number(settings.get("memsize") ?? NaN);
  const cpus = Number(settings.get("numvcpus") ?? 1);
  const cores = Number(settings.get("cpuid.corespersocket") ?? NaN);
  const uuid = uuidOf(settings.get("uuid.bios"));
  const osHint = settings.get("guestos");
  const tpm = isTrue(settings, "vtpm.present") || settings.get("managedvm.autoaddvtpm") === "software";
  return {
    ...(name === undefined || name === "" ? {} : { name }),
    encrypted: settings.has("encryption.keysafe") || settings.has("encryption.data"),
    drives: bootOrder(drivesOf(settings), settings.get("bios.hddorder")),
    machine: {
      ...(Number.isInteger(cpus) && cpus > 0 ? { cpus } : {}),
      ...(Number.isInteger(memoryMiB) && memoryMiB > 0 ? { memoryBytes: memoryMiB * 1024 ** 2 } : {}),
      firmware,
      ...(tpm ? { tpm } : {}),
      nics: nicsOf(settings),
      ...(Number.isInteger(cores) && cores > 0 && cpus % cores === 0 ? { coresPerSocket: cores } : {}),
      ...(uuid === undefined ? {} : { uuid }),
      ...(osHint === undefined ? {} : { osHint }),
    },
  };
}

function settingsOf(text: string): Settings {
  const settings = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, key, value] = LINE.exec(line.replace(/\r$/, "")) ?? [];
    if (key !== undefined && value !== undefined) settings.set(key.toLowerCase(), unescaped(value));
  }
  return settings;
}

function unescaped(value: string): string {
  return value.replaceAll(/\|([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
}

function isTrue(settings: Settings, key: string): boolean {
  return settings.get(key)?.toLowerCase() === "true";
}

function firmwareOf(settings: Settings): Firmware {
  if (settings.get("firmware")?.toLowerCase() !== "efi") return "bios";
  return isTrue(settings, "uefi.secureboot.enabled") ? "uefi-secure-boot" : "uefi";
}

const CONTROLLERS: readonly DiskController[] = ["scsi", "ide", "sata", "nvme"];

function drivesOf(settings: Settings): VmxDrive[] {
  const drives: VmxDrive[] = [];
  for (const [key, file] of settings) {
    const [, kind, bus, unit] = /^([a-z]+)(\d+):(\d+)\.filename$/.exec(key) ?? [];
    const controller = CONTROLLERS.find((one) => one === kind);
    if (controller === undefined || bus === undefined) continue;
    const device = `${kind}${bus}:${unit}`;
    const type = settings.get(`${device}.devicetype`)?.toLowerCase() ?? "disk";
    // `disk`, `scsi-hardDisk`, `ata-hardDisk`, `rawDisk`; the others are CD-ROM drives and pass-through.
    if (!type.includes("disk") || file === "" || !isTrue(settings, `${device}.present`)) continue;
    drives.push({ controller, controllerNumber: Number(bus), slot: Number(unit), file });
  }
  return drives;
}

function nicsOf(settings: Settings): Nic[] {
  const numbers = [...settings.keys()].flatMap((key) => /^ethernet(\d+)\.present$/.exec(key)?.[1] ?? []);
  return numbers.map(Number).sort((a, b) => a - b).flatMap((number) => {
    const card = `ethernet${number}`;
    if (!isTrue(settings, `${card}.present`)) return [];
    const isStatic = settings.get(`${card}.addresstype`)?.toLowerCase() === "static";
    const keys = isStatic ? ["address", "generatedaddress"] : ["generatedaddress", "address"];
    const mac = keys.map((key) => macAddress(settings.get(`${card}.${key}`))).find((one) =>
      one !== undefined
    );
    const network = settings.get(`${card}.networkname`) ?? settings.get(`${card}.connectiontype`);
    const model = settings.get(`${card}.virtualdev`)?.toLowerCase();
    return [{
      mac: mac ?? "",
      macOrigin: mac === undefined ? "generated" as const : "source" as const,
      ...(network === undefined || network === "" ? {} : { network }),
      ...(model === undefined || model === "" ? {} : { model }),
    }];
  });
}

/** VMware writes a UUID as sixteen bytes, `56 4d … 12-34 …`. */
function uuidOf(text: string | undefined): string | undefined {
  const hex = text?.replaceAll(/[\s-]/g, "").toLowerCase() ?? "";
  if (!/^[0-9a-f]{32}$/.test(hex)) return undefined;
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
