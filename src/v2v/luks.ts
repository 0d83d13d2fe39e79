/**
 * Keys of encrypted disks for virt-v2v: `--key ID:file:FILE` (virt-v2v(1)), where ID is the device as libguestfs
 * names it, or a UUID, and FILE holds one line.
 *
 * @module
 */
import type { LuksKey } from "../guest/luks_keys.ts";
import { MigrateError } from "../model/error.ts";
import type { SecretFiles } from "../run/secret_files.ts";

/** The part of {@linkcode SecretFiles} that writes. */
export type SecretSink = Pick<SecretFiles, "add">;

/**
 * Writes every key to a file of its own and names them to virt-v2v. Not every release knows a word for all devices,
 * so such a key is given once for each encrypted device.
 *
 * @param devices Encrypted devices of the machine, such as `/dev/sda2`
 * @throws {MigrateError} `usage/bad-value` for a key file that is missing, or is not one line
 */
export async function luksArgs(
  keys: readonly LuksKey[],
  devices: readonly string[],
  files: SecretSink,
): Promise<string[]> {
  const args: string[] = [];
  for (const key of keys) {
    const path = await files.add(await oneLine(key));
    const ids = key.device === "all" ? devices : [key.device.replace(/^UUID=/, "")];
    args.push(...ids.flatMap((id) => ["--key", `${id}:file:${path}`]));
  }
  return args;
}

/** virt-v2v reads the first line of the file as text. */
async function oneLine(key: LuksKey): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = key.kind === "passphrase"
    ? new TextEncoder().encode(key.passphrase)
    : await readKeyFile(key.path);
  if (!bytes.some((byte) => byte === 0x0a || byte === 0)) return bytes;
  throw new MigrateError(
    "usage/bad-value",
    `Cannot give the key of ${key.device} to virt-v2v: it takes one line of text, and the key is not that.`,
    { hint: "Leave --use-v2v and --post-v2v out: the built-in fixes open disks with any key." },
  );
}

async function readKeyFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new MigrateError("usage/bad-value", `Cannot use ${path} for --luks-key: there is no such file.`);
  }
}
