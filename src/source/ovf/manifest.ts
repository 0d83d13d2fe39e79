/**
 * The manifest of an OVF package: a digest for each file.
 *
 * Format: DMTF DSP0243, 6.3, "Manifest file"; the second style is that of `openssl dgst` before 3.0 with a space,
 * the third that of coreutils.
 *
 * @module
 */
import type { Digest, DigestAlgorithm } from "../../model/digest.ts";

/** One line of a manifest. */
export type ManifestEntry = Pick<Digest, "name" | "algorithm" | "expected">;

/** Lengths of the digests in hex digits. */
const LENGTHS: Readonly<Record<number, DigestAlgorithm>> = { 40: "sha1", 64: "sha256", 128: "sha512" };

/** `SHA256(disk.vmdk)= 0123…`, also with a space before the parenthesis. */
const TAGGED = /^(SHA-?(?:1|256|512))\s*\((.+)\)\s*=\s*([0-9a-f]+)$/i;
/** `0123…  disk.vmdk` */
const PLAIN = /^([0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})\s+\*?(.+)$/i;

/** Reads a manifest; null when a line is none of the known forms, or its digest is of the wrong length. */
export function parseManifest(text: string): ManifestEntry[] | null {
  const entries: ManifestEntry[] = [];
  for (const line of text.replace(/^\ufeff/, "").split(/\r?\n/).map((one) => one.trim())) {
    if (line === "") continue;
    const [, tag, tagged, digest] = TAGGED.exec(line) ?? [];
    const [, plainDigest, plain] = PLAIN.exec(line) ?? [];
    const expected = (digest ?? plainDigest ?? "").toLowerCase();
    const name = tagged ?? plain;
    const algorithm = LENGTHS[expected.length];
    const said = tag?.toLowerCase().replace("-", "");
    if (name === undefined || algorithm === undefined || (said !== undefined && said !== algorithm)) {
      return null;
    }
    entries.push({ name: name.trim(), algorithm, expected });
  }
  return entries;
}
