/**
 * Opens LUKS volumes in the appliance.
 *
 * @module
 */
import { GuestfsError } from "../../ffi/guestfs/handle.ts";
import { guestfsFailure } from "./failure.ts";
import type { LuksKey } from "./luks_keys.ts";
import type { GuestSession } from "./session.ts";
import { applianceShell, deviceWord } from "./shell.ts";

/** What cryptsetup says to a key that is not the right one (errno EPERM, or these words). */
const WRONG_KEY = /No key available|No usable keyslot|Operation not permitted/i;

/**
 * Opens a volume with the first key that fits; null when none does.
 *
 * @returns the device with the content, such as `/dev/mapper/luks-sda2`
 * @throws {MigrateError} `guestfs/failed` when it fails for another reason
 */
export async function unlock(
  session: GuestSession,
  device: string,
  keys: readonly LuksKey[],
): Promise<string | null> {
  const name = `luks-${device.replace(/^\/dev\/(mapper\/)?/, "").replaceAll("/", "-")}`;
  for (const key of keys) {
    try {
      if (key.kind === "passphrase") await session.call("cryptsetup_open", device, key.passphrase, name);
      else await openWithFile(session, device, key.path, name);
      return `/dev/mapper/${name}`;
    } catch (error) {
      if (error instanceof GuestfsError && WRONG_KEY.test(error.message)) continue;
      throw guestfsFailure(error, `open the encrypted ${device}`, "inspect");
    }
  }
  return null;
}

/**
 * cryptsetup_open takes text only. A binary key is uploaded to a memory filesystem of the appliance, so that
 * it is in no argument, no trace and no image.
 */
async function openWithFile(
  session: GuestSession,
  device: string,
  path: string,
  name: string,
): Promise<void> {
  const shell = async (script: string): Promise<void> => void await applianceShell(session, script);
  await shell("mount -t tmpfs -o mode=700 tmpfs /sysroot");
  try {
    await session.call("upload", path, "/key");
    await shell(
      `cryptsetup open --type luks --key-file /sysroot/key ${deviceWord(device)} '${name}' && udevadm settle`,
    );
  } finally {
    await shell("umount /sysroot");
  }
}
