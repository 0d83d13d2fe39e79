/**
 * The LIBGUESTFS_* variables that a user may set (guestfs(3), ENVIRONMENT VARIABLES). A handle that we make
 * does not read the environment; what is set there is passed on, so that only these can change a run.
 *
 * @module
 */
import type { Accelerator } from "../run/context.ts";

/** The variables that are passed on, without LIBGUESTFS_. */
const NAMES = [
  "APPEND",
  "BACKEND",
  "CACHEDIR",
  "DEBUG",
  "HV",
  "MEMSIZE",
  "PATH",
  "QEMU",
  "TMPDIR",
  "TRACE",
] as const;

/** The backend settings for an accelerator. */
function ownSettings(accelerator: Accelerator): readonly string[] {
  return accelerator === "tcg" ? ["force_tcg"] : [];
}

/**
 * What the user has set, as `guestfs_parse_environment_list` takes it: `NAME=value`, empty ones left out.
 *
 * @param get Reads one variable
 */
export function userSettings(get: (name: string) => string | undefined): string[] {
  return NAMES.map((name) => `LIBGUESTFS_${name}`)
    .map((name) => [name, get(name)] as const)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) => `${name}=${value}`);
}

/**
 * Backend settings: ours for the accelerator, and the user's (colons between them). The probe has the last
 * word on the accelerator, so `force_kvm` is dropped where KVM does not work.
 */
export function backendSettings(accelerator: Accelerator, user: string | undefined): string[] {
  const own = ownSettings(accelerator);
  const dropped = accelerator === "tcg" ? "force_kvm" : "";
  const given = (user ?? "").split(":").filter((one) => one !== "" && one !== dropped);
  return [...new Set([...own, ...given])];
}
