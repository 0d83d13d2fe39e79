/**
 * Machines on other hosts read in place over SSH: descriptors come here, the disks stay there, and only the blocks
 * that qemu asks for travel.
 *
 * @module
 */
import type { DiskFormat, SourceDisk } from "../../model/disk.ts";
import { MigrateError } from "../../model/error.ts";
import { namesOtherFiles } from "../disk_image.ts";
import { nbdNode } from "../nbd/socket.ts";
import { decodeText, parseForeignText } from "../parse/parse.ts";
import type { FoundMachine, SourceContext } from "../source.ts";
import { isDifferencing } from "../vhd/format.ts";
import { describeVmx, refuseEncrypted } from "../vmx/vmx.ts";
import { parseSshAddress } from "../../ssh/address.ts";
import { choicesOf } from "../../ssh/arguments.ts";
import { RemoteDisks, resolveRemote } from "./remote_disks.ts";
import { SshSession } from "../../ssh/session.ts";
import { streamVmdk } from "./stream_vmdk.ts";

/** What was found, and its kind. */
export type StreamedMachine = FoundMachine & { readonly kind: string };

/** The formats that qemu reads over a socket, by kind. */
const IMAGES: Readonly<Record<string, DiskFormat>> = {
  qcow2: "qcow2",
  raw: "raw",
  vdi: "vdi",
  vhd: "vpc",
  vhdx: "vhdx",
};

/**
 * Finds the disks behind an address; what serves them is closed with the run.
 *
 * @throws {MigrateError} `source/unsupported` for a kind that has to be downloaded, and what reading it throws
 */
export async function streamOverSsh(address: string, context: SourceContext): Promise<StreamedMachine> {
  const where = parseSshAddress(address);
  const choices = choicesOf(context.job);
  await using session = await SshSession.open(where, choices, context.signal);
  const remote = await RemoteDisks.open(session, choices, context);
  const forced = context.job.kind;
  const { kind } = context.select(await remote.head(where.path), forced);
  if (kind !== "vmx") return { kind, disks: [await streamDisk(where.path, remote, context, forced)] };
  const text = decodeText(await remote.readSmall(where.path));
  const vm = await parseForeignText("vmx", text, address, context.signal);
  refuseEncrypted(vm, address);
  const disks: SourceDisk[] = [];
  for (const { file, controller, controllerNumber, slot } of vm.drives) {
    const disk = await streamDisk(resolveRemote(where.path, file), remote, context);
    disks.push({ ...disk, controller, controllerNumber, slot });
  }
  if (disks.length > 0) return { kind, disks, ...describeVmx(vm) };
  throw new MigrateError("source/damaged", `Cannot read ${address}: it names no hard disk.`, {
    hint: "Name the disk itself.",
  });
}

async function streamDisk(
  path: string,
  remote: RemoteDisks,
  context: SourceContext,
  forced?: string,
): Promise<SourceDisk> {
  const head = await remote.head(path);
  const { kind, title } = context.select(head, forced);
  if (kind === "vmdk") return await streamVmdk(path, head, remote);
  const format = IMAGES[kind];
  const stands = isDifferencing(head.bytes) || isDifferencing(head.tail) ||
    (format === "qcow2" && namesOtherFiles(head.bytes));
  if (format !== undefined && !stands) {
    const served = await remote.serve(path);
    return await remote.describe(nbdNode(served.socket, format), served);
  }
  const what = stands ? "it stands on another disk" : `what it is (${title}) is not read in place`;
  throw new MigrateError("source/unsupported", `Cannot stream ${head.path}: ${what}.`, {
    hint: "Leave out --stream: it is then downloaded.",
  });
}
