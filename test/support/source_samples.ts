/**
 * One sample of every input kind, all of the same small disk.
 *
 * @module
 */
import { runCommand } from "../../src/run/command.ts";
import { writeExported } from "../../src/source/vsphere/exported.ts";
import { convertImage, makeRawDisk } from "./images.ts";
import { makeOva, ovfText, writeManifest } from "./ovf.ts";
import type { TempFolder } from "./temp.ts";
import { writeChild } from "./vhd.ts";
import { makeVhdx, writeVhdxChild } from "./vhdx.ts";

/** Makes a sample in a folder that holds `disk.raw`; returns its path. */
export type SampleMaker = (folder: TempFolder) => Promise<string>;

const MIB = 1024 * 1024;
/** Size of the disk in every sample, in bytes. */
export const SAMPLE_BYTES = 8 * MIB;

function image(name: string, format: string, options?: string): SampleMaker {
  return async (folder) => {
    await convertImage(folder.file("disk.raw"), folder.file(name), format, options);
    return folder.file(name);
  };
}

/** Packs the raw disk by a program. */
function packed(name: string, program: string, ...args: string[]): SampleMaker {
  return async (folder) => {
    await runCommand(program, args, { cwd: folder.path });
    return folder.file(name);
  };
}

async function ovf(folder: TempFolder): Promise<string> {
  await image("d.vmdk", "vmdk", "subformat=streamOptimized")(folder);
  await Deno.writeTextFile(folder.file("web.ovf"), ovfText({ disks: [{ file: "d.vmdk", capacityMiB: 8 }] }));
  await writeManifest(folder, "web.mf", ["web.ovf", "d.vmdk"]);
  return folder.file("web.ovf");
}

async function ova(folder: TempFolder): Promise<string> {
  await ovf(folder);
  return await makeOva(folder, ["web.ovf", "web.mf", "d.vmdk"]);
}

async function chain(folder: TempFolder): Promise<string> {
  await image("d.vmdk", "vmdk")(folder);
  const create = ["create", "-q", "-f", "vmdk", "-b", "d.vmdk", "-F", "vmdk", "d-000001.vmdk"];
  await runCommand("qemu-img", create, { cwd: folder.path });
  return folder.file("d-000001.vmdk");
}

async function vmx(folder: TempFolder): Promise<string> {
  await chain(folder);
  const lines = [
    'config.version = "8"',
    'displayName = "web"',
    'memsize = "1024"',
    'scsi0:0.present = "TRUE"',
    'scsi0:0.fileName = "d-000001.vmdk"',
    'ethernet0.present = "TRUE"',
    'ethernet0.generatedAddress = "00:0c:29:aa:bb:cc"',
  ];
  await Deno.writeTextFile(folder.file("web.vmx"), `${lines.join("\n")}\n`);
  return folder.file("web.vmx");
}

async function domain(folder: TempFolder): Promise<string> {
  const disk = `<disk type="file"><driver type="raw"/><source file="${folder.file("disk.raw")}"/>` +
    `<target dev="vda" bus="virtio"/></disk>`;
  const text = `<domain type="kvm"><name>web</name><memory>1048576</memory><vcpu>1</vcpu>` +
    `<devices>${disk}</devices></domain>\n`;
  await Deno.writeTextFile(folder.file("web.xml"), text);
  return folder.file("web.xml");
}

async function vhdChild(folder: TempFolder): Promise<string> {
  await image("Base.vhd", "vpc", "force_size=on")(folder);
  await writeChild(folder.file("d.avhd"), folder.file("Base.vhd"), "Base.vhd", new Map());
  return folder.file("d.avhd");
}

async function vhdxChild(folder: TempFolder): Promise<string> {
  await makeVhdx(folder.file("Base.vhdx"), folder.file("disk.raw"));
  const { size: sizeBytes } = await Deno.stat(folder.file("disk.raw"));
  const own = new Map([[0, new Map()]]);
  const spec = { parentName: "Base.vhdx", sizeBytes, own };
  await writeVhdxChild(folder.file("d.avhdx"), folder.file("Base.vhdx"), spec);
  return folder.file("d.avhdx");
}

async function exported(folder: TempFolder): Promise<string> {
  await image("d.vmdk", "vmdk")(folder);
  return await writeExported(folder.path, {
    origin: "a test",
    name: "web",
    machine: { nics: [] },
    disks: [{ file: "d.vmdk", controller: "scsi", slot: 0 }],
  });
}

/** The samples, by the kind that must read them. */
export const SAMPLES: Readonly<Record<string, SampleMaker>> = {
  "ova": ova,
  "ovf": ovf,
  "vmx": vmx,
  "libvirt-xml": domain,
  "vsphere-export": exported,
  "vmdk": image("d.vmdk", "vmdk"),
  "zip": packed("d.zip", "zip", "-q", "d.zip", "disk.raw"),
  "tar": packed("d.tar", "tar", "-cf", "d.tar", "disk.raw"),
  "gzip": packed("disk.raw.gz", "gzip", "-k", "disk.raw"),
  "xz": packed("disk.raw.xz", "xz", "-0", "-k", "disk.raw"),
  "zstd": packed("disk.raw.zst", "zstd", "-q", "disk.raw"),
  "qcow2": image("d.qcow2", "qcow2"),
  "vdi": image("d.vdi", "vdi"),
  "vhdx": image("d.vhdx", "vhdx"),
  "vhd": image("d.vhd", "vpc", "force_size=on"),
  "raw": (folder) => Promise.resolve(folder.file("disk.raw")),
};

/** More samples of kinds with variants. */
export const VARIANTS: Readonly<Record<string, SampleMaker>> = {
  "vmdk streamOptimized": image("d.vmdk", "vmdk", "subformat=streamOptimized"),
  "vmdk monolithicFlat": image("d.vmdk", "vmdk", "subformat=monolithicFlat"),
  "vmdk twoGbMaxExtentSparse": image("d.vmdk", "vmdk", "subformat=twoGbMaxExtentSparse"),
  "vmdk snapshot": chain,
  "vhd dynamic": image("d.vhd", "vpc", "force_size=on,subformat=dynamic"),
  "vhd fixed": image("d.vhd", "vpc", "force_size=on,subformat=fixed"),
  "vhd differencing": vhdChild,
  "vhdx differencing": vhdxChild,
};

/** Makes the disk and a sample of it. */
export async function makeSample(
  folder: TempFolder,
  make: SampleMaker,
  sizeBytes = SAMPLE_BYTES,
): Promise<string> {
  await makeRawDisk(folder.file("disk.raw"), sizeBytes);
  return await make(folder);
}
