/**
 * Which files a fetched file names: a descriptor its extents and its parent, a VMX its disks, an OVF its
 * references.
 *
 * @module
 */
import { descriptorText, isSparse, NO_PARENT, parseDescriptor } from "../vmdk/descriptor.ts";

/** How much of a file is looked at: descriptors and VMX files are shorter. */
export const LOOK_BYTES = 256 * 1024;

const DESCRIPTOR = /^# Disk DescriptorFile/i;
const VMX = /^\s*(?:\.encoding|config\.version|virtualHW\.version)\s*=/m;
const OVF = /<(?:\w+:)?Envelope[\s>]/;
/** Disk files of a VMX; `.present = "FALSE"` takes a device away. */
const VMX_DISK = /^\s*((?:scsi|sata|ide|nvme)\d+:\d+)\.fileName\s*=\s*"([^"]+\.vmdk)"/gim;

/** The names in a file of which these are the first bytes, as it has them; empty for what names no other file. */
export function referencesInFile(bytes: Uint8Array): string[] {
  if (!isSparse(bytes)) return referencesIn(new TextDecoder().decode(bytes));
  // The extent that such a disk names is itself, under the name that it was made with.
  const text = descriptorText(bytes);
  const { parentFile, parentCid } = parseDescriptor(text ?? "");
  return parentFile === undefined || parentCid === NO_PARENT ? [] : [parentFile];
}

/** The names in a text. */
export function referencesIn(text: string): string[] {
  if (DESCRIPTOR.test(text)) return unique([...descriptorNames(text)]);
  if (OVF.test(text)) return unique(hrefs(text));
  return VMX.test(text) ? unique(vmxDisks(text)) : [];
}

function* descriptorNames(text: string): Generator<string> {
  for (const match of text.matchAll(/^[^\S\n]*(?:RW|RDONLY|NOACCESS)\s+\d+\s+\w+\s+"([^"]+)"/gm)) {
    yield match[1] ?? "";
  }
  const parent = parseDescriptor(text).parentFile;
  if (parent !== undefined) yield parent;
}

function vmxDisks(text: string): string[] {
  return [...text.matchAll(VMX_DISK)].filter(([, device = ""]) =>
    !new RegExp(`^\\s*${device}\\.present\\s*=\\s*"FALSE"`, "mi").test(text)
  ).map(([, , name = ""]) => name);
}

function hrefs(text: string): string[] {
  return [...text.matchAll(/<(?:\w+:)?File\s[^>]*?(?:\w+:)?href\s*=\s*"([^"]+)"/g)].map(([, name = ""]) =>
    name
  );
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names.filter((name) => name !== ""))];
}

/**
 * The path of a reference relative to the folder of what was asked for; null for one that leads out of it.
 * An absolute path counts when it is in the folder.
 */
export function relativeReference(name: string, folder: string): string | null {
  const path = name.replaceAll("\\", "/");
  const relative = path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
  const parts = relative.split("/").filter((part) => part !== "" && part !== ".");
  const isOutside = relative.startsWith("/") || /^[A-Za-z]:/.test(relative) || parts.includes("..");
  return isOutside || parts.length === 0 ? null : parts.join("/");
}
