/**
 * Credentials that libvirt asks for while it connects, as `struct _virConnectAuth` and its callback.
 *
 * @module
 */
import {
  addressOf,
  type Arena,
  callback,
  type CCallback,
  cString,
  type NonNullPointer,
  offsetBy,
  pointerAddress,
  readCStringAt,
  readInt32,
  writePointer,
  writeUint32,
} from "../c.ts";
import type { LibvirtSymbols } from "./symbols.ts";

/** `virConnectCredentialType` by number, from 1. */
const KINDS = [
  "username",
  "authname",
  "language",
  "cnonce",
  "passphrase",
  "echo-prompt",
  "no-echo-prompt",
  "realm",
] as const;

/** What is asked for. */
export interface CredentialRequest {
  /** Which kind: a name for `username` and `authname`, a secret for `passphrase` and `no-echo-prompt`. */
  readonly kind: (typeof KINDS)[number];
  /** The question for a person. */
  readonly prompt: string;
  /** What is taken when the answer is empty. */
  readonly fallback: string | undefined;
}

/** Answers libvirt's questions; undefined gives up. */
export type Authenticator = (request: CredentialRequest) => string | undefined;

/** sizeof (virConnectCredential), and the offsets of its members on 64-bit machines. */
const CREDENTIAL = { sizeBytes: 48, prompt: 8, fallback: 24, result: 32, resultLength: 40 } as const;

/** int (*)(virConnectCredentialPtr cred, unsigned int ncred, void *cbdata) */
const CALLBACK = { parameters: ["pointer", "u32", "pointer"], result: "i32" } as const;

/** The struct for virConnectOpenAuth, and the callback in it: dispose of that after the call. */
export function connectAuth(
  symbols: LibvirtSymbols,
  arena: Arena,
  answer: Authenticator,
): { readonly struct: Uint8Array<ArrayBuffer>; readonly callback: CCallback } {
  const kinds = arena.keep(Int32Array.from(KINDS, (_kind, index) => index + 1));
  const called = callback(CALLBACK, (credentials, count) => {
    for (let index = 0; index < count; index++) {
      const credential = offsetBy(credentials as NonNullPointer, index * CREDENTIAL.sizeBytes);
      if (!fill(symbols, credential, answer)) return -1;
    }
    return 0;
  }, { onThrow: -1 });
  const struct = arena.keep(new Uint8Array(32));
  const view = new DataView(struct.buffer);
  view.setBigUint64(0, addressOf(kinds), true); // credtype
  view.setUint32(8, kinds.length, true); // ncredtype
  view.setBigUint64(16, pointerAddress(called.pointer), true); // cb
  return { struct, callback: called };
}

function fill(symbols: LibvirtSymbols, credential: NonNullPointer, answer: Authenticator): boolean {
  const kind = KINDS[readInt32(credential) - 1];
  if (kind === undefined) return false;
  const fallback = readCStringAt(credential, CREDENTIAL.fallback) ?? undefined;
  const prompt = readCStringAt(credential, CREDENTIAL.prompt) ?? "";
  const text = answer({ kind, prompt, fallback }) ?? fallback;
  if (text === undefined) return false;
  const bytes = cString(text);
  // libvirt frees it.
  writePointer(credential, CREDENTIAL.result, symbols.strdup(bytes));
  writeUint32(credential, CREDENTIAL.resultLength, bytes.length - 1);
  return true;
}
