/**
 * The OVF package around exported disks: the server's own descriptor of the machine (OvfManager.CreateDescriptor of
 * the vSphere Web Services API), and a manifest (DMTF DSP0243, 6.3). Our `ovf` source and other programs take it.
 *
 * @module
 */
import { basename, join } from "@std/path";
import { element, type XmlElement } from "../../libvirt/xml_builder.ts";
import type { Concern } from "../../model/concern.ts";
import { MigrateError } from "../../model/error.ts";
import { writeWhole } from "../../run/files.ts";
import { readEnvelope } from "../ovf/envelope.ts";
import { XmlError } from "../parse/xml.ts";
import type { VsphereSession } from "./session.ts";
import { referenceArgument, SoapFault } from "./soap.ts";
import type { VmDetails } from "./machines/vm.ts";
import { childrenOf, textAt, type XmlNode } from "./xml.ts";

/** A disk of the package. */
export interface PackageDisk {
  /** What the server calls the disk: the key of its lease. */
  readonly deviceId: string;
  /** Name of the file in the folder. */
  readonly file: string;
  /** Its length in bytes. */
  readonly sizeBytes: number;
  /** Its SHA-256 in hex. */
  readonly sha256: string;
  /** The size that the guest sees, in bytes. */
  readonly capacityBytes: number;
}

/** How the package is made. */
export interface PackageOptions {
  /** Id of the snapshot that the disks are of. */
  readonly snapshot?: string | undefined;
  /** Receives what a person should know. */
  readonly onConcern: (concern: Concern) => void;
}

/** What of a session is needed. */
type Caller = Pick<VsphereSession, "content" | "call">;

/** What the server leaves out unless it is asked; it ignores what it does not know. */
const EXTRAS = ["mac", "uuid"];

/** The files of the package beside its disks: descriptor and manifest, named like the folder. */
export function packageFiles(folder: string): readonly [descriptor: string, manifest: string] {
  const stem = join(folder, basename(folder));
  return [`${stem}.ovf`, `${stem}.mf`];
}

/**
 * Writes descriptor and manifest. A server that describes nothing, or something else, is a concern: the disks are
 * complete without.
 *
 * @throws {MigrateError} `run/cancelled`
 */
export async function writePackage(
  session: Caller,
  vm: Pick<VmDetails, "id" | "name">,
  folder: string,
  disks: readonly PackageDisk[],
  { snapshot, onConcern }: PackageOptions,
): Promise<void> {
  const described = await describe(session, vm, disks, snapshot);
  if (typeof described === "string") return onConcern(undescribed(described));
  described.warnings.forEach((message) => onConcern(warned(message)));
  const [descriptor, manifest] = packageFiles(folder);
  const bytes = new TextEncoder().encode(described.text);
  const digests = [{ file: basename(descriptor), sha256: await sha256Of(bytes) }, ...disks];
  await writeWhole(descriptor, described.text);
  await writeWhole(manifest, digests.map(({ file, sha256 }) => `SHA256(${file})= ${sha256}\n`).join(""));
}

/** What the server says of a machine, or why it says nothing that can be used. */
async function describe(
  session: Caller,
  vm: Pick<VmDetails, "id" | "name">,
  disks: readonly PackageDisk[],
  snapshot: string | undefined,
): Promise<{ readonly text: string; readonly warnings: readonly string[] } | string> {
  const manager = session.content.objects["ovfManager"];
  if (manager === undefined) return "it has no OvfManager";
  try {
    const machine = referenceArgument("obj", { type: "VirtualMachine", id: vm.id });
    const [answer] = await session.call("CreateDescriptor", manager, [machine, params(vm, disks, snapshot)]);
    const text = textAt(answer, "ovfDescriptor")?.trim() ?? "";
    if (text === "") return messages(answer, "error")[0] ?? "it is empty";
    return obstacle(text, disks) ?? { text: `${text}\n`, warnings: messages(answer, "warning") };
  } catch (error) {
    // The disks have come, whatever stands in the way of their description.
    if (error instanceof SoapFault) return `${error.reason} (${error.kind})`;
    if (!(error instanceof MigrateError) || error.code === "run/cancelled") throw error;
    return error.message.replace(/\.$/, "");
  }
}

/** OvfCreateDescriptorParams; the order of its elements is that of the API. */
function params(
  { name }: Pick<VmDetails, "name">,
  disks: readonly PackageDisk[],
  snapshot: string | undefined,
): XmlElement {
  return element("cdp", {}, [
    ...disks.map(({ deviceId, file, sizeBytes, capacityBytes }) =>
      element("ovfFiles", {}, [
        element("deviceId", {}, deviceId),
        element("path", {}, file),
        element("size", {}, sizeBytes),
        element("capacity", {}, capacityBytes),
      ])
    ),
    element("name", {}, name),
    ...EXTRAS.map((one) => element("exportOption", {}, one)),
    snapshot !== undefined && referenceArgument("snapshot", { type: "VirtualMachineSnapshot", id: snapshot }),
  ]);
}

/** Why a descriptor is not that of these disks; undefined when it is. */
function obstacle(text: string, disks: readonly PackageDisk[]): string | undefined {
  try {
    const { files, systems } = readEnvelope(text);
    if (systems.length !== 1) return `it describes ${systems.length} machines`;
    const left = disks.find(({ file, sizeBytes }) =>
      !files.some((one) => one.href === file && one.sizeBytes === sizeBytes)
    );
    return left === undefined ? undefined : `${left.file} is not in it as it is`;
  } catch (error) {
    if (error instanceof XmlError) return error.message;
    throw error;
  }
}

function messages(answer: XmlNode | undefined, kind: "error" | "warning"): string[] {
  const faults = answer === undefined ? [] : childrenOf(answer, kind);
  return faults.map((one) => textAt(one, "localizedMessage")?.trim().replace(/\.$/, "") ?? "")
    .filter((message) => message !== "");
}

function undescribed(reason: string): Concern {
  return {
    id: "vsphere/ovf-descriptor",
    severity: "warning",
    message: `There is no OVF descriptor from the server: ${reason}.`,
    hint: "The disks and source.json are complete, and convert takes them; other programs may want an OVF.",
  };
}

function warned(message: string): Concern {
  return { id: "vsphere/ovf-warning", severity: "information", message: `The server's OVF: ${message}.` };
}

async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
