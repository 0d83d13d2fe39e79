/**
 * Remembers what was found of KVM here, a file for each finding: that it hangs takes three seconds of every run to
 * find out, and that a kernel comes up under it one or two. Believed only for the same device of the same boot, for a
 * day at most; the probe of a KVM that works runs its small guest each time, which takes a fraction of a second.
 *
 * @module
 */
import { dirname, join } from "@std/path";

/** How long a finding is believed, in milliseconds. */
const BELIEVED_MS = 24 * 60 * 60 * 1000;

/** What is written down. */
interface Finding {
  /** The boot and the device, see {@linkcode deviceIdentity}. */
  readonly identity: string;
  /** When it was found, in milliseconds since 1970. */
  readonly atMs: number;
}

/** Path of the record of a hang below a cache folder. */
export function recordPath(cacheDir: string): string {
  return join(cacheDir, "hyper2kvm", "kvm-hang.json");
}

/** The user's cache folder (XDG Base Directory Specification); null where there is no home. */
export function cacheFolder(env: Pick<typeof Deno.env, "get"> = Deno.env): string | null {
  const home = env.get("HOME");
  return env.get("XDG_CACHE_HOME") || (home ? join(home, ".cache") : null);
}

/**
 * Names a device of one boot: its number, owner and mode too, because a person who mends KVM changes one of
 * these, loads the module anew or starts the host again.
 */
export async function deviceIdentity(device: string): Promise<string> {
  const boot = (await Deno.readTextFile("/proc/sys/kernel/random/boot_id")).trim();
  const { ino, rdev, mode, uid, gid, ctime } = await Deno.stat(device);
  return [boot, ino, rdev, mode, uid, gid, ctime?.getTime()].join(" ");
}

/** Whether a finding about this device is on record. A record that cannot be read counts as none. */
export async function isRemembered(record: string, identity: string, nowMs = Date.now()): Promise<boolean> {
  const text = await Deno.readTextFile(record).catch(() => "{}");
  const known = parse(text);
  return known.identity === identity && known.atMs !== undefined && nowMs - known.atMs < BELIEVED_MS;
}

function parse(text: string): Partial<Finding> {
  try {
    return JSON.parse(text) as Partial<Finding>;
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** Writes the record; where the cache cannot be written the next run probes again. */
export async function rememberKvm(record: string, identity: string): Promise<void> {
  const known: Finding = { identity, atMs: Date.now() };
  try {
    await Deno.mkdir(dirname(record), { recursive: true });
    await Deno.writeTextFile(record, JSON.stringify(known));
  } catch (error) {
    const refused = error instanceof Deno.errors.PermissionDenied ||
      error instanceof Deno.errors.NotCapable ||
      (error as { code?: string }).code === "EROFS";
    if (!refused) throw error;
  }
}
