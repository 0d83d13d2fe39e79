/**
 * libvirt's errors: one class, and one function through which the result of every call passes.
 *
 * @module
 */
import { type NonNullPointer, type Pointer, readCStringAt, readInt32 } from "../c.ts";
import type { LibvirtSymbols } from "./symbols.ts";

/** The codes that this project acts on (`virErrorNumber` in libvirt/virterror.h). */
export const VIR_ERR = {
  INTERNAL_ERROR: 1,
  NO_CONNECT: 5,
  INVALID_ARG: 8,
  OPERATION_FAILED: 9,
  XML_ERROR: 27,
  DOM_EXIST: 28,
  OPERATION_DENIED: 29,
  SYSTEM_ERROR: 38,
  RPC: 39,
  NO_DOMAIN: 42,
  NO_NETWORK: 43,
  AUTH_FAILED: 45,
  NO_STORAGE_POOL: 49,
  NO_STORAGE_VOL: 50,
  OPERATION_INVALID: 55,
  CONFIG_UNSUPPORTED: 67,
  AUTH_CANCELLED: 79,
  ACCESS_DENIED: 88,
  XML_INVALID_SCHEMA: 92,
  AUTH_UNAVAILABLE: 94,
} as const;

/** How bad it is (`virErrorLevel`). */
export type VirtErrorLevel = "none" | "warning" | "error";

const LEVELS: readonly VirtErrorLevel[] = ["none", "warning", "error"];

/** A failed libvirt call. */
export class VirtError extends Error {
  /** Name of the class, as errors print it. */
  override readonly name = "VirtError";
  /** The C function that failed. */
  readonly action: string;
  /** `virErrorNumber`: what went wrong, see {@linkcode VIR_ERR}. */
  readonly code: number;
  /** `virErrorDomain`: the part of libvirt that raised it, such as 10 for QEMU and 12 for the test driver. */
  readonly domain: number;
  /** How bad it is. */
  readonly level: VirtErrorLevel;

  /** Makes the error of one call, with libvirt's own message. */
  constructor(action: string, code: number, domain: number, level: VirtErrorLevel, message: string) {
    super(message);
    this.action = action;
    this.code = code;
    this.domain = domain;
    this.level = level;
  }
}

/** The library cannot be opened: not installed, or without a function that is needed. */
export class LibvirtMissingError extends Error {
  /** Name of the class, as errors print it. */
  override readonly name = "LibvirtMissingError";

  /** Keeps what the dynamic linker said. */
  constructor(path: string, cause: unknown) {
    super(`Cannot open ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/**
 * The error of the call before, on this thread. Offsets are those of `struct _virError` on 64-bit machines:
 * code 0, domain 4, message 8, level 16.
 */
function lastError(symbols: LibvirtSymbols, action: string): VirtError {
  const error = symbols.virGetLastError();
  if (error === null) return new VirtError(action, 0, 0, "none", `${action} failed without saying why`);
  return new VirtError(
    action,
    readInt32(error, 0),
    readInt32(error, 4),
    LEVELS[readInt32(error, 16)] ?? "error",
    readCStringAt(error, 8) ?? `${action} failed`,
  );
}

/**
 * Checks what a call returned: NULL and negative numbers are failures.
 *
 * @throws {VirtError} with what libvirt says of the failure
 */
export function unwrap(symbols: LibvirtSymbols, action: string, result: Pointer): NonNullPointer;
export function unwrap(symbols: LibvirtSymbols, action: string, result: number): number;
export function unwrap(
  symbols: LibvirtSymbols,
  action: string,
  result: Pointer | number,
): NonNullPointer | number {
  if (result === null || (typeof result === "number" && result < 0)) throw lastError(symbols, action);
  return result;
}

/** Runs a lookup; null when libvirt says that there is no such object. */
export function orNull<T>(missingCode: number, lookup: () => T): T | null {
  try {
    return lookup();
  } catch (error) {
    if (error instanceof VirtError && error.code === missingCode) return null;
    throw error;
  }
}
