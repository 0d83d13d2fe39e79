/**
 * Reads from a libvirt definition the machine that a boot proof needs.
 *
 * @module
 */
import { XMLParser } from "fast-xml-parser";
import { z } from "zod";
import type { DiskFormat } from "../model/disk.ts";
import { MigrateError } from "../model/error.ts";
import type { Firmware } from "../model/source.ts";
import type { DiskBus, ProofNic } from "./proof_guest.ts";

/** A machine as its definition describes it. */
export interface DomainMachine {
  /** Name of the domain. */
  readonly name: string;
  /** Disk images in the order of the definition. */
  readonly disks: readonly { readonly path: string; readonly format: DiskFormat }[];
  /** Where the first disk sits. */
  readonly bus: DiskBus;
  /** Firmware. */
  readonly firmware: Firmware;
  /** Network cards. */
  readonly nics: readonly ProofNic[];
  /** Memory in MiB. */
  readonly memoryMiB: number;
  /** Virtual CPUs. */
  readonly cpus: number;
}

const TEXT = z.union([z.string(), z.object({ "#text": z.string() }).transform((node) => node["#text"])]);
const DOMAIN = z.object({
  domain: z.object({
    name: z.string(),
    memory: z.preprocess(
      (node) => typeof node === "string" ? { "#text": node } : node,
      z.object({ "#text": z.coerce.number(), unit: z.string().default("KiB") }),
    ),
    vcpu: TEXT.default("1"),
    os: z.object({
      firmware: z.string().optional(),
      loader: z.object({ secure: z.string().optional(), type: z.string().optional() }).optional(),
    }).loose(),
    devices: z.object({
      disk: z.array(z.object({
        device: z.string().default("disk"),
        driver: z.object({ type: z.string() }).optional(),
        source: z.object({ file: z.string().optional(), dev: z.string().optional() }).optional(),
        target: z.object({ bus: z.string().optional() }),
      })).default([]),
      interface: z.array(z.object({
        mac: z.object({ address: z.string() }).optional(),
        model: z.object({ type: z.string() }).optional(),
      })).default([]),
    }).loose(),
  }),
});

const MIB = 1024 ** 2;
/** Bytes in libvirt's units of memory (https://libvirt.org/formatdomain.html, memory allocation). */
const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  bytes: 1,
  KB: 1e3,
  k: 1024,
  KiB: 1024,
  MB: 1e6,
  M: MIB,
  MiB: MIB,
  GB: 1e9,
  G: 1024 ** 3,
  GiB: 1024 ** 3,
};

/**
 * Reads domain XML.
 *
 * @throws {MigrateError} `config/bad-file` when it is no definition of a machine with disks
 */
export function parseDomain(xml: string): DomainMachine {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "",
    parseTagValue: false,
    isArray: (_name, path) => path === "domain.devices.disk" || path === "domain.devices.interface",
  });
  const parsed = DOMAIN.safeParse(parser.parse(xml));
  if (!parsed.success) throw notADomain(z.prettifyError(parsed.error).split("\n")[0] ?? "");
  const { name, memory, vcpu, os, devices } = parsed.data.domain;
  const disks = devices.disk.filter(({ device }) => device === "disk").flatMap(({ source, driver }) => {
    const path = source?.file ?? source?.dev;
    return path === undefined ? [] : [{ path, format: (driver?.type ?? "raw") as DiskFormat }];
  });
  if (disks.length === 0) throw notADomain("it has no disk");
  const uefi = os.firmware === "efi" || os.loader?.type === "pflash";
  return {
    name,
    disks,
    bus: busOf(devices.disk.find(({ device }) => device === "disk")?.target.bus),
    firmware: !uefi ? "bios" : os.loader?.secure === "yes" ? "uefi-secure-boot" : "uefi",
    nics: devices.interface.flatMap(({ mac, model }): ProofNic[] => {
      if (mac === undefined) return [];
      // A guest that is defined with an Intel card may have no driver for virtio.
      return [{ mac: mac.address, targetModel: model?.type.startsWith("e1000") ? "e1000e" : "virtio" }];
    }),
    memoryMiB: Math.ceil(memory["#text"] * (UNITS[memory.unit] ?? 1024) / MIB),
    cpus: Number(vcpu) || 1,
  };
}

function busOf(bus: string | undefined): DiskBus {
  return bus === "scsi" || bus === "sata" || bus === "ide" ? bus : "virtio";
}

function notADomain(reason: string): MigrateError {
  return new MigrateError("config/bad-file", `Cannot read the libvirt definition: ${reason}`, {
    hint: "Give the XML of a domain, as `virsh dumpxml` prints it.",
  });
}
