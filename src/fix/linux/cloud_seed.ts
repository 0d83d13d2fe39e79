/**
 * Data for cloud-init: from a YAML or JSON file of the user to the files of a NoCloud seed (cloud-init's
 * documentation, "NoCloud", section "Source files").
 *
 * @module
 */
import { createHash } from "node:crypto";
import { parse, stringify } from "@std/yaml";
import { MigrateError } from "../../model/error.ts";

/** What a seed holds: texts, as their files have them. */
export interface CloudSeed {
  /** `user-data`: a cloud-config, a script, or any other kind that cloud-init knows. */
  readonly userData: string;
  /** `meta-data`, without what is added when it is written. */
  readonly metaData: Readonly<Record<string, unknown>>;
  /** `network-config`, where one is given. */
  readonly networkConfig?: string;
}

/** A seed, and where it goes. */
export interface CloudInit {
  /** The data. */
  readonly seed: CloudSeed;
  /** Into the guest, or into an image beside its disks. */
  readonly place: "guest" | "iso";
}

/** Keys of a file that holds the parts of a seed, in both spellings. */
const PARTS: Readonly<Record<string, keyof CloudSeed>> = {
  "user-data": "userData",
  "user_data": "userData",
  "meta-data": "metaData",
  "meta_data": "metaData",
  "network-config": "networkConfig",
  "network_config": "networkConfig",
};

/**
 * Reads a file: a cloud-config of its own, or `user-data`, `meta-data` and `network-config` as keys; each of those
 * is a text, or the value itself.
 *
 * @throws {MigrateError} `usage/bad-value` when it is no YAML, or holds something else
 */
export async function readCloudSeed(path: string): Promise<CloudSeed> {
  try {
    return parseCloudSeed(await Deno.readTextFile(path), path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw unusable(path, "there is no such file");
    throw error;
  }
}

/** {@linkcode readCloudSeed}, on the text of the file; `path` is for errors. */
export function parseCloudSeed(text: string, path: string): CloudSeed {
  const content = yaml(text, path);
  if (!isRecord(content)) throw unusable(path, "it is no YAML or JSON object");
  const keys = Object.keys(content);
  if (!keys.some((key) => key in PARTS)) return { userData: cloudConfig(content, text), metaData: {} };
  const other = keys.find((key) => !(key in PARTS));
  if (other !== undefined) throw unusable(path, `"${other}" is no part of a seed`);
  const of = (name: keyof CloudSeed): unknown => content[keys.find((key) => PARTS[key] === name) ?? ""];
  const [userData, metaData, network] = [of("userData"), of("metaData") ?? {}, of("networkConfig")];
  const meta = typeof metaData === "string" ? yaml(metaData, path) : metaData;
  if (!isRecord(meta)) throw unusable(path, "meta-data is no object");
  return {
    userData: typeof userData === "string" ? userData : cloudConfig(isRecord(userData) ? userData : {}),
    metaData: meta,
    ...(network === undefined
      ? {}
      : { networkConfig: typeof network === "string" ? network : stringify(network) }),
  };
}

/**
 * The files of a seed by name. An instance id that is made from the data makes cloud-init take the guest for a new
 * instance once, and not again.
 *
 * @param hostname the guest's name, kept unless the data names another; empty when it is not known
 */
export function seedFiles(seed: CloudSeed, hostname: string): Readonly<Record<string, string>> {
  const hash = createHash("sha256").update(JSON.stringify(seed)).digest("hex").slice(0, 16);
  const metaData = {
    "instance-id": `hyper2kvm-${hash}`,
    ...(hostname === "" ? {} : { "local-hostname": hostname }),
    ...seed.metaData,
  };
  return {
    "user-data": seed.userData,
    "meta-data": stringify(metaData),
    ...(seed.networkConfig === undefined ? {} : { "network-config": seed.networkConfig }),
  };
}

/** The text as the user wrote it where it is one already: comments, order and quoting stay. */
function cloudConfig(content: Readonly<Record<string, unknown>>, text?: string): string {
  if (text !== undefined && /^#cloud-config\s*$/m.test(text.split("\n")[0] ?? "")) return text;
  return `#cloud-config\n${stringify(content)}`;
}

function yaml(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw unusable(path, `it is no YAML or JSON (${(error as Error).message.split("\n")[0]})`);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unusable(path: string, reason: string): MigrateError {
  return new MigrateError("usage/bad-value", `Cannot use ${path} for --cloud-init-config: ${reason}.`, {
    hint: "Write a cloud-config, or an object with user-data, meta-data and network-config.",
  });
}
