/**
 * The certificate of an OVF package: a signature over the manifest, and the certificate of who made it.
 *
 * Format: DMTF DSP0243, 6.4, "Certificate file": one line `SHA256(NAME.mf)= SIGNATURE` in hex, then PEM.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createVerify, X509Certificate } from "node:crypto";

/** Who signed a manifest. */
export interface Signer {
  /** Subject of the certificate, one line. */
  readonly subject: string;
  /** Whether it was signed with its own key: then anybody can have made it. */
  readonly selfSigned: boolean;
  /** Whether its time has passed, or has not come. */
  readonly outOfDate: boolean;
}

const LINE = /^\s*(SHA-?(?:1|256|512))\s*\([^)]*\)\s*=\s*([0-9a-f\s]+?)\s*(?=-----BEGIN)/i;
const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/;

/**
 * Checks a signature over a manifest with the key of the certificate that comes with it. Whether that
 * certificate can be trusted is not asked.
 *
 * @throws {Error} with the reason when it cannot be read or the signature is wrong
 */
export function verifyCertificate(certificate: string, manifest: Uint8Array, now: Date): Signer {
  const [, algorithm, signature] = LINE.exec(certificate) ?? [];
  const [pem] = PEM.exec(certificate) ?? [];
  if (algorithm === undefined || signature === undefined || pem === undefined) {
    throw new Error("it has no signature, or no certificate");
  }
  const x509 = new X509Certificate(pem);
  const verifier = createVerify(algorithm.toUpperCase().replace("-", ""));
  verifier.update(manifest);
  if (!verifier.verify(x509.publicKey, Buffer.from(signature.replaceAll(/\s/g, ""), "hex"))) {
    throw new Error("its signature is not one of this manifest");
  }
  return {
    subject: x509.subject.replaceAll("\n", ", "),
    selfSigned: x509.issuer === x509.subject,
    outOfDate: now < new Date(x509.validFrom) || now > new Date(x509.validTo),
  };
}
