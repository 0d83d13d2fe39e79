/**
 * OVF packages, written as VMware's ovftool and VirtualBox write them.
 *
 * @module
 */
import { runCommand } from "../../src/run/command.ts";
import { makeTar } from "./tars.ts";
import type { TempFolder } from "./temp.ts";

/** One disk of a package. */
export interface OvfDiskSpec {
  /** File name; without one the disk is empty. */
  readonly file?: string;
  /** Attributes of `File`, such as `ovf:chunkSize="65536"`. */
  readonly attributes?: string;
  /** Capacity in MiB. */
  readonly capacityMiB: number;
  /** Unit on the SCSI controller; the default is its place in the list. */
  readonly slot?: number;
}

/** What differs between packages. */
export interface OvfSpec {
  /** Name of the machine (default: `web`). */
  readonly name?: string;
  /** Its disks. */
  readonly disks: readonly OvfDiskSpec[];
  /** Memory in MiB (default: 1536). */
  readonly memoryMiB?: number;
  /** MAC address (default: the sample guest's). */
  readonly mac?: string;
  /** More elements of the hardware section. */
  readonly hardware?: string;
}

const NAMESPACES = `xmlns="http://schemas.dmtf.org/ovf/envelope/1"
  xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
  xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"
  xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData"
  xmlns:vmw="http://www.vmware.com/schema/ovf"`;

/** An item of the hardware section. */
export function ovfItem(id: number, type: number, values: Readonly<Record<string, string | number>>): string {
  const all = { ElementName: `item ${id}`, InstanceID: id, ResourceType: type, ...values };
  const inner = Object.entries(all).map(([key, value]) => `<rasd:${key}>${value}</rasd:${key}>`).join("");
  return `<Item>${inner}</Item>`;
}

/** An envelope with one machine. */
export function ovfText(
  { name = "web", disks, memoryMiB = 1536, mac = MAC, hardware = "" }: OvfSpec,
): string {
  const files = disks.map(({ file, attributes = "" }, index) =>
    file === undefined ? "" : `<File ovf:href="${file}" ovf:id="file${index}" ${attributes}/>`
  );
  const listed = disks.map(({ file, capacityMiB }, index) =>
    `<Disk ovf:diskId="disk${index}" ovf:capacity="${capacityMiB}" ovf:capacityAllocationUnits="byte * 2^20"` +
    `${file === undefined ? "" : ` ovf:fileRef="file${index}"`}/>`
  );
  const drives = disks.map(({ slot }, index) =>
    ovfItem(20 + index, 17, {
      AddressOnParent: slot ?? index,
      HostResource: `ovf:/disk/disk${index}`,
      Parent: 3,
    })
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<Envelope ${NAMESPACES}>
  <References>${files.join("")}</References>
  <DiskSection><Info>Disks</Info>${listed.join("")}</DiskSection>
  <VirtualSystem ovf:id="${name}"><Info>A machine</Info><Name>${name}</Name>
    <OperatingSystemSection ovf:id="96" vmw:osType="debian11_64Guest"><Info>The system</Info></OperatingSystemSection>
    <VirtualHardwareSection><Info>Hardware</Info>
      ${ovfItem(1, 3, { AllocationUnits: "hertz * 10^6", VirtualQuantity: 2 })}
      ${ovfItem(2, 4, { AllocationUnits: "byte * 2^20", VirtualQuantity: memoryMiB })}
      ${ovfItem(3, 6, { Address: 0, ResourceSubType: "VirtualSCSI" })}
      ${drives.join("\n      ")}
      ${ovfItem(11, 10, { Address: mac, Connection: "VM Network", ResourceSubType: "VmxNet3" })}
      ${hardware}
    </VirtualHardwareSection>
  </VirtualSystem>
</Envelope>
`;
}

const MAC = "00:50:56:8a:12:34";

/** Writes a manifest of files in a folder, each line by `style`. */
export async function writeManifest(
  folder: Pick<TempFolder, "path" | "file">,
  manifest: string,
  names: readonly string[],
  algorithm: "sha1" | "sha256" | "sha512" = "sha256",
  style: (tag: string, name: string, digest: string) => string = (tag, name, digest) =>
    `${tag}(${name})= ${digest}`,
): Promise<void> {
  const lines: string[] = [];
  for (const name of names) {
    const { stdout } = await runCommand(`${algorithm}sum`, [folder.file(name)]);
    lines.push(style(algorithm.toUpperCase(), name, stdout.split(" ")[0] ?? ""));
  }
  await Deno.writeTextFile(folder.file(manifest), `${lines.join("\n")}\n`);
}

/** Packs an OVA of files in a folder, the envelope first; returns its path. */
export async function makeOva(
  folder: Pick<TempFolder, "path" | "file">,
  names: readonly string[],
  ova = "web.ova",
): Promise<string> {
  await makeTar(folder.file(ova), folder.path, names);
  return folder.file(ova);
}
