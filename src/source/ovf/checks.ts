/**
 * What vouches for an OVF package: its manifest and its certificate.
 *
 * @module
 */
import { basename, extname } from "@std/path";
import type { Concern } from "../../model/concern.ts";
import type { Digest } from "../../model/digest.ts";
import { MigrateError } from "../../model/error.ts";
import { parseManifest } from "./manifest.ts";
import type { OvfPackage } from "./package.ts";
import { decodeText } from "../parse/parse.ts";
import { verifyDigests } from "../digest/verify.ts";
import { readWindow } from "../input/window.ts";

/** What was found. */
export interface OvfChecks {
  /** What the files must hash to; the envelope has been compared. */
  readonly digests: readonly Digest[];
  /** Who signed it, and what is missing. */
  readonly concerns: readonly Concern[];
}

/** Most bytes of a manifest or of a certificate. */
const MAX_BYTES = 1024 * 1024;

/**
 * Reads manifest and certificate, where there are any; compares the envelope and the signature. The disks are
 * left to whoever reads them anyway.
 *
 * @throws {MigrateError} `source/damaged` naming the file that is wrong
 */
export async function checkPackage(ovf: OvfPackage, signal: AbortSignal): Promise<OvfChecks> {
  const stem = basename(ovf.envelope, extname(ovf.envelope));
  const manifest = await readMember(ovf, `${stem}.mf`);
  if (manifest === null) return { digests: [], concerns: [] };
  const entries = parseManifest(decodeText(manifest));
  if (entries === null) throw damaged(ovf.path, `its manifest ${stem}.mf cannot be read`);
  const digests: Digest[] = [];
  const missing: string[] = [];
  for (const entry of entries) {
    const window = await ovf.find(entry.name);
    if (window === null) missing.push(entry.name);
    else digests.push({ ...entry, ...window });
  }
  await verifyDigests(digests.filter(({ name }) => name === ovf.envelope), signal);
  const concerns: Concern[] = missing.length === 0 ? [] : [{
    id: "source/manifest",
    severity: "warning",
    message: `The manifest names files that are not there: ${missing.join(", ")}.`,
    hint: "If the machine needs them, copy or export it again.",
  }];
  const certificate = await readMember(ovf, `${stem}.cert`);
  return {
    digests,
    concerns: certificate === null
      ? concerns
      : [...concerns, await signedBy(ovf.path, `${stem}.cert`, certificate, manifest)],
  };
}

async function readMember(ovf: OvfPackage, name: string): Promise<Uint8Array | null> {
  const window = await ovf.find(name);
  if (window === null) return null;
  if (window.sizeBytes > MAX_BYTES) throw damaged(ovf.path, `its ${name} has ${window.sizeBytes} bytes`);
  using file = await Deno.open(window.path, { read: true });
  return await readWindow(file, window, 0, window.sizeBytes);
}

async function signedBy(
  path: string,
  name: string,
  certificate: Uint8Array,
  manifest: Uint8Array,
): Promise<Concern> {
  const { verifyCertificate } = await import("./certificate.ts"); // few packages are signed
  try {
    const signer = verifyCertificate(decodeText(certificate), manifest, new Date());
    const self = signer.selfSigned ? "; the certificate is signed by itself" : "";
    const date = signer.outOfDate ? "; the certificate is out of date" : "";
    return {
      id: "source/certificate",
      severity: "information",
      message: `The manifest is signed by ${signer.subject}${self}${date}.`,
      hint: "Whether that signer can be trusted was not checked.",
    };
  } catch (error) {
    throw damaged(path, `its certificate ${name}: ${error instanceof Error ? error.message : error}`, error);
  }
}

function damaged(path: string, reason: string, cause?: unknown): MigrateError {
  return new MigrateError("source/damaged", `Cannot use ${path}: ${reason}.`, {
    hint: "Copy or export it again. --no-verify-manifest reads it as it is.",
    cause,
  });
}
