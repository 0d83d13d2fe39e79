/**
 * Files that a descriptor from an archive names: they must lie in the archive, or a foreign archive could
 * have any file of the host read as a disk.
 *
 * @module
 */
import { refused } from "./member.ts";

/** Values that name files in VMDK descriptors and VMX files; that of a parent counts in comments, too. */
const FILE_NAMES =
  /^[^\S\n]*(?:RW|RDONLY|NOACCESS)\s+\d+\s+\w+\s+"([^"]+)"|parentFileNameHint\s*=\s*"?([^"\r\n]+)|^[^\S\n]*(?:scsi|sata|ide|nvme)\d+:\d+\.fileName\s*=\s*"([^"]+)(?<!\.iso)"/gim;

/** What descriptors, disks with one inside, and VMX files begin with. */
const STARTS = /^(?:# Disk DescriptorFile|KDMV|[\s\S]{0,4096}^\s*(?:\.encoding|config\.version)\s*=)/im;
const LOOK_BYTES = 64 * 1024;

/**
 * Checks the names in a descriptor, in one that a disk has inside, or in a VMX; other files pass.
 *
 * @throws {MigrateError} `source/unsupported` for a name that leads out of the archive
 */
export function checkNames(bytes: Uint8Array, archive: string): void {
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, LOOK_BYTES));
  if (!STARTS.test(text)) return;
  for (const match of text.matchAll(FILE_NAMES)) {
    const name = match[1] ?? match[2] ?? match[3] ?? "";
    if (/^([/\\]|[A-Za-z]:|json:|\w+:\/\/)/.test(name) || name.split(/[/\\]/).includes("..")) {
      throw refused(archive, `a descriptor in it names ${name}, outside the archive`);
    }
  }
}
