/**
 * A digest that comes with a file, to be compared with what is there.
 *
 * @module
 */

/** Hash functions of manifests. */
export type DigestAlgorithm = "sha1" | "sha256" | "sha512";

/** What a run of bytes must hash to. */
export interface Digest {
  /** Name for error texts. */
  readonly name: string;
  /** The file that holds the bytes. */
  readonly path: string;
  /** Where they start in it. */
  readonly offset: number;
  /** How many they are. */
  readonly sizeBytes: number;
  /** The hash function. */
  readonly algorithm: DigestAlgorithm;
  /** The digest, lower-case hex. */
  readonly expected: string;
}
