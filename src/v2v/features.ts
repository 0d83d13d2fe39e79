/**
 * What the installed virt-v2v can do.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import { runCommand } from "../run/command.ts";

/** What the installed virt-v2v can do. */
export interface V2VFeatures {
  /** Version as it prints it, such as `2.2.0`. */
  readonly version: string;
  /** `major.minor` as numbers. */
  readonly release: readonly [major: number, minor: number];
  /** Words of `virt-v2v --machine-readable`, such as `input:libvirtxml`. */
  readonly words: readonly string[];
}

/** The first release whose options and outputs are understood here. */
const OLDEST = [1, 42] as const;

/** Whether it is this release, or a newer one. */
export function isAtLeast({ release }: V2VFeatures, major: number, minor: number): boolean {
  return release[0] > major || (release[0] === major && release[1] >= minor);
}

/**
 * Reads what `virt-v2v --version` and `virt-v2v --machine-readable` print.
 *
 * @throws {MigrateError} `tool/missing` when it is too old, or cannot do what is needed of it
 */
export function parseFeatures(versionText: string, machineReadable: string): V2VFeatures {
  const match = /(\d+)\.(\d+)(?:\.\d+)?/.exec(versionText);
  const words = machineReadable.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const features: V2VFeatures = {
    version: match?.[0] ?? "unknown",
    release: [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)],
    words,
  };
  const lacks = ["input:libvirtxml", "output:local"].filter((word) => !words.includes(word));
  const reason = !isAtLeast(features, ...OLDEST)
    ? `version ${features.version} is older than ${OLDEST.join(".")}`
    : lacks.length > 0
    ? `it has no ${lacks.join(" and no ")}`
    : null;
  if (reason === null) return features;
  throw new MigrateError("tool/missing", `Cannot use virt-v2v: ${reason}.`, {
    hint: `Install a newer virt-v2v. ${WITHOUT_IT}`,
  });
}

/** The way out when virt-v2v cannot be used. */
export const WITHOUT_IT =
  "Without --use-v2v and --post-v2v nothing of it is needed: the built-in fixes do the work.";

/**
 * Asks the installed virt-v2v.
 *
 * @throws {MigrateError} `tool/missing` when there is none, or it is too old; `tool/failed`
 */
export async function readFeatures(signal?: AbortSignal): Promise<V2VFeatures> {
  const own = signal === undefined ? {} : { signal };
  const ask = async (option: string): Promise<string> => {
    try {
      return (await runCommand("virt-v2v", [option], { timeoutMs: 30_000, ...own })).stdout;
    } catch (error) {
      throw startError(error);
    }
  };
  return parseFeatures(await ask("--version"), await ask("--machine-readable"));
}

/** The error of a virt-v2v that is missing, or that does not even say what it is. */
export function startError(error: unknown): unknown {
  if (!(error instanceof MigrateError)) return error;
  if (error.code === "tool/missing") {
    return new MigrateError(error.code, error.message, { cause: error, hint: `${error.hint} ${WITHOUT_IT}` });
  }
  if (error.code !== "tool/failed" && error.code !== "tool/timeout") return error;
  return new MigrateError("tool/missing", `Cannot use virt-v2v: it does not start: ${error.message}`, {
    cause: error,
    hint: `Install its package anew: apt-get install --reinstall virt-v2v. ${WITHOUT_IT}`,
  });
}
