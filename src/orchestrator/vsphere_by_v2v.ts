/**
 * Mode `v2v` of a vSphere export: virt-v2v reads the machine from the server, converts the guest and writes the disks.
 * No file of the machine is downloaded before.
 *
 * @module
 */
import { basename, join } from "@std/path";
import type { Job } from "../config/schema.ts";
import type { DiscoveredSource } from "../model/source.ts";
import { SecretFiles } from "../run/secret_files.ts";
import { checkVddk } from "../source/vsphere/modes/vddk.ts";
import { diskNames, type ExportVmOptions, type LocalDisk } from "../source/vsphere/modes/mode.ts";
import type { VsphereSession } from "../source/vsphere/session.ts";
import { serverThumbprint } from "../source/vsphere/http/trust.ts";
import { readV2VPlace, v2vInput, type V2VTransport } from "../source/vsphere/v2v_input.ts";
import { machineOf, type VmDetails } from "../source/vsphere/machines/vm.ts";
import { probeAccelerator } from "../verify/kvm_probe.ts";
import { VirtV2VConverter } from "./virt_v2v_converter.ts";

/** Converts a machine by virt-v2v; what it writes is a source for `convert` like any other export. */
export async function exportByV2v(
  session: VsphereSession,
  vm: VmDetails,
  folder: string,
  options: ExportVmOptions,
): Promise<LocalDisk[]> {
  const { job, signal } = options;
  const format = job.format === "raw" ? "raw" : "qcow2";
  const place = await readV2VPlace(session, vm);
  await using secrets = await SecretFiles.create(folder);
  const transport = await transportOf(session, place.isVcenter, options, secrets);
  const source = sourceOf(vm, basename(folder));
  const { accelerator } = await probeAccelerator(signal);
  const converter = new VirtV2VConverter({
    accelerator,
    signal,
    emit: (event) => {
      if (event.type === "progress") options.onProgress(event.disk, event.doneBytes, event.totalBytes);
    },
  });
  const names = diskNames(basename(folder), vm.disks.length);
  const outputs = names.map((name) => join(folder, `${name}.${format}`));
  const { concerns } = await converter.convert(v2vInput(session.login, vm.name, place, transport), {
    ...{ source, outputs, format, nics: source.machine.nics },
    logPath: join(folder, "virt-v2v.log"),
    extraArgs: job.v2v_arg ?? [],
    retries: job.retries ?? 0,
    ...(job.v2v_timeout === undefined ? {} : { timeoutMs: job.v2v_timeout * 1000 }),
    stage: "discover",
  });
  concerns.forEach(options.onConcern);
  return vm.disks.map((disk, index) => ({
    disk,
    file: basename(outputs[index]!),
    kind: format,
    settle: () => Promise.resolve(),
  }));
}

/** The transport that was asked for; with a folder of VMware's library its own. */
export function transportKind(job: Partial<Job>): V2VTransport["kind"] {
  return job.v2v_transport ?? (job.vddk_libdir === undefined ? "https" : "vddk");
}

async function transportOf(
  { login }: VsphereSession,
  isVcenter: boolean,
  { job, snapshot, signal }: ExportVmOptions,
  secrets: SecretFiles,
): Promise<V2VTransport> {
  const kind = transportKind(job);
  // The user of a vCenter is none of the ESXi host, on which SSH logs in.
  if (kind === "ssh" && isVcenter) return { kind };
  const passwordFile = await secrets.add(login.password);
  if (kind !== "vddk") return { kind, passwordFile };
  await checkVddk(job.vddk_libdir, signal);
  const { hex: thumbprint } = await serverThumbprint(login.host, login.port, login.trust, "sha1");
  return {
    kind,
    passwordFile,
    vddk: {
      thumbprint,
      ...(snapshot === undefined ? {} : { snapshot }),
      ...(job.vddk_libdir === undefined ? {} : { libdir: job.vddk_libdir }),
      ...(job.vddk_transports === undefined ? {} : { transports: job.vddk_transports }),
    },
  };
}

/** The machine with its disks where they are; files get its name, which therefore is that of its folder. */
function sourceOf(vm: VmDetails, name: string): DiscoveredSource {
  return {
    kind: "vsphere",
    location: vm.path,
    name,
    machine: machineOf(vm),
    disks: vm.disks.map(({ file, sizeBytes, controller }) => ({
      ...{ path: file, image: file, format: "vmdk", files: [], controller },
      virtualSizeBytes: sizeBytes,
      allocatedSizeBytes: sizeBytes,
    })),
  };
}
