/**
 * VMware's own library, VDDK, through nbdkit (nbdkit-vddk-plugin(1)): the command lines, as pure functions.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";

/** One disk of a machine, and how the library reaches it. */
export interface VddkDisk {
  /** Name or address of the vCenter or ESXi host. */
  readonly host: string;
  /** Its port. */
  readonly port: number;
  /** User. */
  readonly user: string;
  /** File that holds the password. */
  readonly passwordFile: string;
  /** SHA-1 of the server's certificate. */
  readonly thumbprint: string;
  /** Managed object id of the machine. */
  readonly vm: string;
  /** Disk as `[datastore] folder/file.vmdk`. */
  readonly file: string;
  /** Managed object id of the snapshot to read. */
  readonly snapshot?: string | undefined;
  /** Folder of the library. */
  readonly libdir?: string | undefined;
  /** Ways to the data, such as `nbdssl:nbd`. */
  readonly transports?: string | undefined;
}

const HTTPS_PORT = 443;

/** The plugin and its parameters. */
export function vddkArgs(disk: VddkDisk): string[] {
  const { host, port, user, passwordFile, thumbprint, vm, file, snapshot, libdir, transports } = disk;
  return [
    "vddk",
    ...(libdir === undefined ? [] : [`libdir=${libdir}`]),
    ...[`server=${host}`, `user=${user}`, `password=+${passwordFile}`, `thumbprint=${thumbprint}`],
    ...(port === HTTPS_PORT ? [] : [`port=${port}`]),
    `vm=moref=${vm}`,
    // A disk is opened for writing by a machine that is on, unless it stands below a snapshot.
    ...(snapshot === undefined ? [] : [`snapshot=${snapshot}`]),
    ...(transports === undefined ? [] : [`transports=${transports}`]),
    `file=${file}`,
  ];
}

/** The variable that names the target to the copy's shell, so that no path is a part of its text. */
export const TARGET_VARIABLE = "HYPER2KVM_TARGET";

/** nbdkit with a plugin, copied into the file that {@linkcode TARGET_VARIABLE} names; `33/100` on standard output. */
export function nbdkitCopyArgs(plugin: readonly string[]): string[] {
  const copy = `exec nbdcopy --progress=1 --flush "$uri" "$${TARGET_VARIABLE}"`;
  return ["--readonly", "-U", "-", ...plugin, "--run", copy];
}

/** The last progress in a piece of nbdcopy's output, from 0 to 1; null when there is none. */
export function copiedFraction(text: string): number | null {
  const last = [...text.matchAll(/^(\d+)\/100$/gm)].at(-1)?.[1];
  return last === undefined ? null : Number(last) / 100;
}

/** The error when nbdkit cannot use the library, by what it printed. */
export function noVddk(printed: string): MigrateError {
  const isPlugin = /cannot open plugin 'vddk'|nbdkit-vddk-plugin\.so/.test(printed);
  const reason = isPlugin
    ? "nbdkit has no vddk plugin"
    : `VMware's library cannot be loaded: ${printed.trim().split("\n").at(-1)}`;
  return new MigrateError("tool/missing", `Cannot export by VDDK: ${reason}.`, {
    hint: isPlugin
      ? "Install nbdkit's plugin (nbdkit-plugin-vddk), or export with --mode nfc or datastore, which need no library."
      : "Name its folder with --vddk-libdir, or export with --mode nfc or datastore, which need no library.",
  });
}
