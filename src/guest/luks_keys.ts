/**
 * Keys of LUKS volumes: what `--luks-key` says, and reading them. A key comes from a file or a variable, never
 * from the command line itself.
 *
 * @module
 */
import { resolve } from "@std/path";
import { MigrateError } from "../model/error.ts";
import type { GuestFilesystem } from "../model/guest.ts";
import { secretVariable } from "../run/secret_variable.ts";
import { resolveDevice } from "./devices.ts";

/** What `--luks-key` takes. */
export const LUKS_KEY = /^(all|\/dev\/[^=]+|UUID=[^=]+)=(file|env|keyfile):(.+)$/s;

/** One key: a passphrase, or the file on the host that holds a binary key. */
export type LuksKey =
  & { readonly device: string }
  & (
    | { readonly kind: "passphrase"; readonly passphrase: string }
    | { readonly kind: "keyfile"; readonly path: string }
  );

/**
 * Reads the keys. A passphrase from a file ends before its last line end; a key file is used byte for byte.
 *
 * @param options `DEV|all=file:PATH`, `=env:VAR` or `=keyfile:PATH`
 * @throws {MigrateError} `usage/bad-value` when a file or a variable is not there; the value is never shown
 */
export async function readLuksKeys(
  options: readonly string[],
  env: (name: string) => string | undefined = secretVariable,
): Promise<LuksKey[]> {
  const keys: LuksKey[] = [];
  for (const option of options) {
    const [, device, kind, place] = LUKS_KEY.exec(option) ?? [];
    if (device === undefined || place === undefined) {
      throw unusable("a value", "it names no file or variable");
    }
    if (kind === "env") keys.push({ device, kind: "passphrase", passphrase: fromVariable(place, env) });
    else if (kind === "file") keys.push({ device, kind: "passphrase", passphrase: await fromFile(place) });
    else keys.push({ device, kind: "keyfile", path: await existing(place) });
  }
  return keys;
}

/** The variables that keys are in. */
export function luksVariables(options: readonly string[]): string[] {
  return options.flatMap((option) => {
    const [, , kind, place] = LUKS_KEY.exec(option) ?? [];
    return kind === "env" && place !== undefined ? [place] : [];
  });
}

/**
 * What a person would type at the console for these keys: passphrases, and key files that are one line of text.
 *
 * @throws {Deno.errors.NotFound} when a key file is gone
 */
export async function typedKeys(keys: readonly LuksKey[]): Promise<string[]> {
  const typed: string[] = [];
  for (const key of keys) {
    const text = key.kind === "passphrase" ? key.passphrase : oneLine(await Deno.readFile(key.path));
    if (text !== undefined) typed.push(text);
  }
  return typed;
}

/** Text without control characters; undefined for other bytes. */
function oneLine(bytes: Uint8Array): string | undefined {
  const text = new TextDecoder().decode(bytes);
  return text === "" || /[\p{Cc}\ufffd]/u.test(text) ? undefined : text;
}

/** The keys to try on a volume: those for it alone come first. */
export function keysFor(
  volume: GuestFilesystem,
  keys: readonly LuksKey[],
  filesystems: readonly GuestFilesystem[],
): LuksKey[] {
  const own = keys.filter(({ device }) => resolveDevice(device, filesystems)?.device === volume.device);
  return [...own, ...keys.filter(({ device }) => device === "all")];
}

function fromVariable(name: string, env: (name: string) => string | undefined): string {
  const value = env(name);
  if (value === undefined || value === "") throw unusable(`env:${name}`, "the variable is not set");
  return value;
}

async function fromFile(path: string): Promise<string> {
  const bytes = await Deno.readFile(await existing(path));
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!text.includes("\0")) return text.replace(/\r?\n$/, "");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  throw unusable(`file:${path}`, "it is no text", "A binary key is named with keyfile:PATH.");
}

async function existing(path: string): Promise<string> {
  try {
    if ((await Deno.stat(path)).isFile) return resolve(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  throw unusable(path, "there is no such file");
}

function unusable(what: string, reason: string, hint?: string): MigrateError {
  return new MigrateError("usage/bad-value", `Cannot use ${what} for --luks-key: ${reason}.`, {
    hint: hint ?? "Write --luks-key all=file:PATH, =env:VARIABLE or =keyfile:PATH.",
  });
}
