/**
 * Mode `vddk`: raw disks, read by VMware's own library where the user has it.
 *
 * @module
 */
import { basename, join } from "@std/path";
import { MigrateError } from "../../../model/error.ts";
import { missingTool, runCommand } from "../../../run/command.ts";
import { syncFile } from "../../../run/files.ts";
import { SecretFiles } from "../../../run/secret_files.ts";
import type { VsphereSession } from "../session.ts";
import { serverThumbprint } from "../http/trust.ts";
import type { VmDetails, VmDisk } from "../machines/vm.ts";
import { copiedFraction, nbdkitCopyArgs, noVddk, TARGET_VARIABLE, vddkArgs, type VddkDisk } from "../vddk.ts";
import { diskNames, type ExportVmOptions, type LocalDisk } from "./mode.ts";

/** Reads every disk by the library, one after the other. */
export async function exportByVddk(
  session: VsphereSession,
  vm: VmDetails,
  folder: string,
  options: ExportVmOptions,
): Promise<LocalDisk[]> {
  const { job, snapshot, signal } = options;
  await checkVddk(job.vddk_libdir, signal);
  const { host, port, user, password, trust } = session.login;
  const { hex: thumbprint } = await serverThumbprint(host, port, trust, "sha1");
  await using secrets = await SecretFiles.create(folder);
  const passwordFile = await secrets.add(password);
  const names = diskNames(basename(folder), vm.disks.length);
  const locals: LocalDisk[] = [];
  for (const [index, disk] of vm.disks.entries()) {
    const target = join(folder, `${names[index]}.raw`);
    const access: VddkDisk = {
      ...{ host, port, user, passwordFile, thumbprint, snapshot, vm: vm.id, file: disk.file },
      ...{ libdir: job.vddk_libdir, transports: job.vddk_transports },
    };
    await copyDisk(vddkArgs(access), target, signal, (fraction) => {
      options.onProgress(index, Math.round(disk.sizeBytes * fraction), disk.sizeBytes);
    });
    locals.push(localDisk(disk, target));
  }
  return locals;
}

function localDisk(disk: VmDisk, path: string): LocalDisk {
  return { disk, file: basename(path), kind: "raw", settle: () => Promise.resolve() };
}

/**
 * Copies what a plugin of nbdkit serves into a file, which has its name only when it is complete.
 *
 * @throws {MigrateError} `tool/missing`, `tool/failed`, `run/cancelled`
 */
export async function copyDisk(
  plugin: readonly string[],
  target: string,
  signal: AbortSignal,
  onFraction: (fraction: number) => void,
): Promise<void> {
  const partial = `${target}.partial`;
  await runCommand("nbdkit", nbdkitCopyArgs(plugin), {
    env: { [TARGET_VARIABLE]: partial },
    signal,
    diesWithUs: true,
    endsWhole: true,
    onStdout: (text) => {
      const fraction = copiedFraction(text);
      if (fraction !== null) onFraction(fraction);
    },
  });
  await syncFile(partial);
  await Deno.rename(partial, target);
}

/**
 * Asks nbdkit for its plugin, which loads the library.
 *
 * @throws {MigrateError} `tool/missing` with what is missing
 */
export async function checkVddk(libdir: string | undefined, signal: AbortSignal): Promise<void> {
  const args = ["vddk", "--dump-plugin", ...(libdir === undefined ? [] : [`libdir=${libdir}`])];
  try {
    await runCommand("nbdkit", args, { signal, timeoutMs: 30_000 });
  } catch (error) {
    if (!(error instanceof MigrateError)) throw error;
    if (error.code === "tool/missing") throw missingTool("nbdkit", error);
    throw error.code === "tool/failed" ? noVddk(error.message) : error;
  }
}
