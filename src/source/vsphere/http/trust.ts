/**
 * Which server certificate is accepted: one signed by a known authority, the one with a pinned thumbprint, or
 * any. Each connection is checked before a byte is sent over it.
 *
 * @module
 */
import { createHash } from "node:crypto";
import tls from "node:tls";
import { MigrateError } from "../../../model/error.ts";

/** What makes a certificate acceptable. */
export type Trust =
  | { readonly kind: "ca"; /** PEM; without it the system's authorities. */ readonly pem?: string }
  | { readonly kind: "pin"; readonly thumbprint: Thumbprint }
  | { readonly kind: "insecure" };

/** A hash of a certificate. */
export interface Thumbprint {
  /** Which hash. */
  readonly algorithm: "sha1" | "sha256";
  /** Hex digits in capitals with colons. */
  readonly hex: string;
}

/** How long a connection may take to come up, in milliseconds. */
const CONNECT_TIMEOUT_MS = 15_000;

/**
 * Reads a thumbprint: 20 bytes are SHA-1, 32 are SHA-256; colons may be left out.
 *
 * @throws {MigrateError} `usage/bad-value`
 */
export function parseThumbprint(text: string): Thumbprint {
  const digits = text.trim().replace(/^sha-?(1|256)[:=\s]\s*/i, "").replaceAll(/[:\s]/g, "").toUpperCase();
  const algorithm = ({ 40: "sha1", 64: "sha256" } as const)[digits.length];
  if (algorithm === undefined || !/^[0-9A-F]+$/.test(digits)) {
    throw new MigrateError("usage/bad-value", `Cannot use "${text}" as a thumbprint.`, {
      hint: "It is the SHA-256 (64 hex digits) or SHA-1 (40) of the server's certificate.",
    });
  }
  return { algorithm, hex: withColons(digits) };
}

/** The thumbprint of a certificate in DER. */
export function thumbprintOf(der: Uint8Array, algorithm: Thumbprint["algorithm"]): Thumbprint {
  return { algorithm, hex: withColons(createHash(algorithm).update(der).digest("hex").toUpperCase()) };
}

function withColons(digits: string): string {
  return digits.match(/../g)!.join(":");
}

/**
 * Opens a checked TLS connection.
 *
 * @throws {MigrateError} `network/failed` when the certificate is not the pinned one; other errors are the
 * system's, see {@linkcode explainDistrust}
 */
export async function connectTls(host: string, port: number, trust: Trust): Promise<tls.TLSSocket> {
  const socket = await open(host, port, trust);
  if (trust.kind === "pin") checkPin(socket, `${host}:${port}`, trust.thumbprint);
  return socket;
}

/**
 * The thumbprint of a server's certificate, which is checked before.
 *
 * @throws {MigrateError} as {@linkcode connectTls}
 */
export async function serverThumbprint(
  host: string,
  port: number,
  trust: Trust,
  algorithm: Thumbprint["algorithm"],
): Promise<Thumbprint> {
  const socket = await connectTls(host, port, trust);
  const thumbprint = thumbprintOf(socket.getPeerCertificate().raw, algorithm);
  socket.destroy();
  return thumbprint;
}

/**
 * The error for a certificate that no known authority has signed, with its thumbprint; null for other errors.
 * Deno before 2.7 reports it only when the first answer is read.
 */
export async function explainDistrust(
  host: string,
  port: number,
  error: unknown,
): Promise<MigrateError | null> {
  if (!isCertificateError(error)) return null;
  const socket = await open(host, port, { kind: "insecure" });
  const { hex } = thumbprintOf(socket.getPeerCertificate().raw, "sha256");
  socket.destroy();
  const reason = (error as Error).message.replace(/\.$/, "");
  return new MigrateError("network/failed", `Cannot trust ${host}:${port}: ${reason}.`, {
    hint: `Give its authority with --ca FILE, or, if this is its certificate, --thumbprint ${hex}`,
    cause: error,
  });
}

function open(host: string, port: number, trust: Trust): Promise<tls.TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<tls.TLSSocket>();
  const socket = tls.connect({
    host,
    port,
    ALPNProtocols: ["http/1.1"],
    rejectUnauthorized: trust.kind === "ca",
    ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
    ...(trust.kind === "ca" && trust.pem !== undefined ? { ca: trust.pem } : {}),
  });
  const fail = (error: Error): void => {
    socket.destroy();
    reject(error);
  };
  const timer = setTimeout(
    () => fail(new Error(`no connection in ${CONNECT_TIMEOUT_MS / 1000} s`)),
    CONNECT_TIMEOUT_MS,
  );
  socket.once("error", fail);
  socket.once("close", () => fail(new Error("the connection was closed")));
  socket.once("secureConnect", () => {
    socket.removeListener("error", fail);
    resolve(socket);
  });
  return promise.finally(() => clearTimeout(timer));
}

function checkPin(socket: tls.TLSSocket, address: string, wanted: Thumbprint): void {
  const found = thumbprintOf(socket.getPeerCertificate().raw, wanted.algorithm);
  if (found.hex === wanted.hex) return;
  socket.destroy();
  throw new MigrateError(
    "network/failed",
    `Cannot trust ${address}: its certificate has the thumbprint ${found.hex}, expected was ${wanted.hex}.`,
    {
      hint: "If the certificate was renewed, give the new thumbprint; otherwise this may be another server.",
    },
  );
}

/** Errors of the TLS library carry no common code: Deno's say "certificate", Node's codes have CERT. */
function isCertificateError(error: unknown): boolean {
  if (error instanceof MigrateError) return false;
  return error instanceof Error &&
    /certificate|CERT/i.test(`${(error as { code?: string }).code} ${error.message}`);
}
