/**
 * Mode `ovftool`: VMware's ovftool exports the machine, where the user has it.
 *
 * @module
 */
import { basename, join } from "@std/path";
import { MigrateError } from "../../../model/error.ts";
import { runCommand } from "../../../run/command.ts";
import { children as childrenOf, parseXml, type XmlNode } from "../../parse/xml.ts";
import { ovftoolArgs, ovftoolFraction } from "../ovftool.ts";
import type { VsphereSession } from "../session.ts";
import type { VmDetails } from "../machines/vm.ts";
import type { ExportVmOptions, LocalDisk } from "./mode.ts";

/** Exports a machine as OVF; its disks come in the order of the descriptor's files. */
export async function exportByOvftool(
  session: VsphereSession,
  vm: VmDetails,
  folder: string,
  { job, signal, onProgress }: ExportVmOptions,
): Promise<LocalDisk[]> {
  const target = join(folder, `${basename(folder)}.ovf`);
  const path = session.content.apiType === "VirtualCenter" ? vm.path : vm.name;
  const args = ovftoolArgs({ login: session.login, path, target, extraArgs: job.ovftool_arg ?? [] });
  const totalBytes = vm.disks.reduce((sum, disk) => sum + disk.sizeBytes, 0);
  await runOvftool(args, session.login.password, signal, (fraction) => {
    onProgress(0, Math.round(totalBytes * fraction), totalBytes);
  });
  const files = diskFiles(await Deno.readTextFile(target));
  if (files.length !== vm.disks.length) {
    throw new MigrateError("tool/failed", `Cannot take what ovftool wrote: ${files.length} disks.`, {
      hint: `The VM has ${vm.disks.length}. Export it with --mode nfc.`,
    });
  }
  return vm.disks.map((disk, index) => ({ disk, file: files[index]!, settle: () => Promise.resolve() }));
}

/**
 * Runs ovftool; the password goes to its standard input.
 *
 * @throws {MigrateError} `tool/missing`, `tool/failed`, `run/cancelled`
 */
export async function runOvftool(
  args: readonly string[],
  password: string,
  signal: AbortSignal,
  onFraction: (fraction: number) => void,
): Promise<void> {
  try {
    await runCommand("ovftool", args, {
      signal,
      stdin: new TextEncoder().encode(`${password}\n`),
      endsWhole: true,
      onStdout: (text) => {
        const fraction = ovftoolFraction(text);
        if (fraction !== null) onFraction(fraction);
      },
    });
  } catch (error) {
    if (!(error instanceof MigrateError) || error.code !== "tool/missing") throw error;
    throw new MigrateError("tool/missing", "Cannot export by ovftool: it is not installed.", {
      hint: "It is VMware's, and comes from there; --mode nfc exports without it.",
      cause: error,
    });
  }
}

/** Names of the disks' files, in the order of an OVF's references (DSP0243, section 7.1). */
export function diskFiles(ovf: string): string[] {
  const references = childrenOf(parseXml(ovf), "References");
  return references.flatMap((one) => childrenOf(one, "File")).map(href)
    .filter((name) => name.toLowerCase().endsWith(".vmdk"));
}

function href(file: XmlNode): string {
  const name = file.attributes.find(({ name }) => name === "href")?.value ?? "";
  if (basename(name) === name) return name;
  throw new MigrateError("source/damaged", `Cannot take what ovftool wrote: a disk is called ${name}.`);
}
