/**
 * What a running guest must have before anything is done to it.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import { parseMountinfo } from "./block_devices.ts";
import type { RunningGuest } from "./running_guest.ts";
import type { Survey } from "./survey.ts";

/** Where fixes write, as mount points. */
const WRITTEN = ["/", "/etc", "/boot", "/boot/efi", "/efi", "/var", "/usr", "/usr/local"];

/**
 * Checks that the guest is a system that boots by itself, has the programs that are needed, and can be written.
 *
 * @returns the init system
 * @throws {MigrateError} `guest/unsupported`
 */
export function requireFixable(host: string, survey: Survey): RunningGuest["init"] {
  const { facts } = survey;
  const refuse = (reason: string, hint: string): MigrateError =>
    new MigrateError("guest/unsupported", `Cannot fix ${host}: ${reason}.`, { stage: "inspect", hint });
  if (facts.get("container") !== "") {
    throw refuse(
      "it is a container, which has no boot of its own",
      "Name the virtual machine, not what runs in it.",
    );
  }
  const init = initOf(survey);
  if (init === null) {
    const program = facts.get("init");
    throw refuse(
      `its first process is ${program === "" ? "unknown" : program}, which is no init system that is known`,
      "systemd, SysV init and OpenRC are; convert the machine's disks offline with hyper2kvm convert.",
    );
  }
  if (facts.missing.length > 0) {
    throw refuse(
      `it has no ${facts.missing.join(", ")}`,
      "Install them in the guest (findutils, tar, coreutils, util-linux), or convert its disks offline.",
    );
  }
  const mounts = parseMountinfo(facts.get("mountinfo"));
  for (const path of WRITTEN) {
    // Of several mounts on one path the last is what is seen.
    const mount = mounts.findLast((one) => one.path === path);
    if (mount?.isReadOnly !== true) continue;
    throw refuse(
      `${mount.source} on ${path} is read-only`,
      `See dmesg in the guest for errors of the disk; then mount -o remount,rw ${path}, and run again.`,
    );
  }
  return init;
}

/** The init system; null for one that is not known. */
export function initOf({ facts, tree }: Pick<Survey, "facts" | "tree">): RunningGuest["init"] | null {
  if (facts.get("systemd") !== "") return "systemd";
  const has = (path: string): boolean => tree.resolve(path).state === "found";
  if (facts.get("init") !== "init") return null;
  if (has("/sbin/openrc") || has("/sbin/openrc-run")) return "openrc";
  return has("/etc/inittab") || has("/etc/init.d") || has("/etc/rc.d") ? "sysv" : null;
}
