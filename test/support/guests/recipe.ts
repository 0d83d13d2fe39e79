/**
 * What a recipe for a sample guest is.
 *
 * @module
 */
import type { RootfsFlavour } from "./rootfs.ts";

/** How a guest is built. */
export interface BuildOptions {
  /** Receives one phrase for each step. */
  readonly onStep?: (step: string) => void;
  /** Stops the build. */
  readonly signal?: AbortSignal;
}

/** What a recipe works with. */
export interface BuildInput {
  /** The root filesystem as a tar. */
  readonly rootfsTar: string;
  /** The raw image to make. */
  readonly raw: string;
  /** All raw images to make, in order; the first is `raw`. */
  readonly raws: readonly string[];
  /** A folder for temporary files. */
  readonly scratch: string;
  /** How the guest is built. */
  readonly options: BuildOptions;
}

/** One kind of sample guest. */
export interface Recipe {
  /** One phrase. */
  readonly title: string;
  /** The root filesystem that it starts from (default: `plain`). */
  readonly rootfs?: RootfsFlavour;
  /** How many disks it has (default: 1). */
  readonly diskCount?: number;
  /** The files that decide what it builds. */
  readonly files: readonly URL[];
  /** Makes the raw image. */
  build(input: BuildInput): Promise<void>;
}
