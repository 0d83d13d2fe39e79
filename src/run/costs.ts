/**
 * What each kind of work takes of the host, and what the host has.
 *
 * @module
 */
import type { Cost, Limits } from "./budget.ts";

const MIB = 1024 ** 2;

/** libguestfs gives its appliance 1280 MiB; qemu itself needs some more. */
const APPLIANCE_MEMORY_BYTES = 1536 * MIB;
/** What qemu needs beside the memory of its guest. */
const QEMU_MEMORY_BYTES = 128 * MIB;
/** qemu-img compresses in at most four threads. */
const COMPRESSING_CPUS = 4;
/** The part of the free memory that may be used: the rest is for the page cache and for others. */
const MEMORY_SHARE = 0.8;

/** An appliance with the disks of a machine. */
export const APPLIANCE: Cost = { guests: 1, cpus: 1, memoryBytes: APPLIANCE_MEMORY_BYTES };

/** virt-v2v with its appliance. */
export const CONVERSION: Cost = { conversions: 1, guests: 1, cpus: 1, memoryBytes: 2048 * MIB };

/** The SHA-256 of a file. */
export const HASH: Cost = { cpus: 1, memoryBytes: 16 * MIB };

/** A guest that boots. */
export function bootCost(cpus: number, memoryBytes: number): Cost {
  return { guests: 1, cpus, memoryBytes: memoryBytes + QEMU_MEMORY_BYTES };
}

/** A disk that is copied. */
export function copyCost(isCompressed: boolean): Cost {
  return { copies: true, cpus: isCompressed ? COMPRESSING_CPUS : 1, memoryBytes: 64 * MIB };
}

/** What the user allows; what is not said comes from the host. */
export interface Allowed {
  /** `--workers`. */
  readonly workers?: number | undefined;
  /** `--max-appliances`. */
  readonly maxAppliances?: number | undefined;
  /** `--v2v-concurrency`. */
  readonly v2vConcurrency?: number | undefined;
  /** `--bandwidth`, in bytes per second. */
  readonly bytesPerSecond?: number | undefined;
}

/** The limits of a run on this host. */
export function limitsOf(
  { workers, maxAppliances, v2vConcurrency, bytesPerSecond }: Allowed,
  availableBytes: number = Deno.systemMemoryInfo().available,
): Limits {
  const memoryBytes = Math.floor(availableBytes * MEMORY_SHARE);
  const cpus = workers ?? navigator.hardwareConcurrency;
  const byMemory = Math.max(1, Math.floor(memoryBytes / APPLIANCE_MEMORY_BYTES));
  return {
    cpus,
    memoryBytes,
    guests: maxAppliances ?? Math.min(cpus, byMemory),
    ...(v2vConcurrency === undefined ? {} : { conversions: v2vConcurrency }),
    ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
  };
}
