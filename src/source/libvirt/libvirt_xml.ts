/**
 * A machine of libvirt: the XML of its domain and the disks that it names.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import type { DomainDrive } from "./domain.ts";
import { type ListedDisk, readListedDisks } from "../machine/listed_disks.ts";
import { safeName } from "../ovf/machine.ts";
import { headText, parseForeign } from "../parse/parse.ts";
import type { FoundMachine, InputHead, Source, SourceContext } from "../source.ts";

/** Our kinds by libvirt's names of formats. */
const KINDS: Readonly<Record<string, string>> = {
  raw: "raw",
  qcow2: "qcow2",
  vmdk: "vmdk",
  vdi: "vdi",
  vpc: "vhd",
  vhdx: "vhdx",
};

async function read({ path, sizeBytes }: InputHead, context: SourceContext): Promise<FoundMachine> {
  const domain = await parseForeign("domain", { path, offset: 0, sizeBytes }, context.signal);
  const drives = domain.drives.map((drive) => local(drive, path));
  const { disks, concerns } = await readListedDisks(
    path,
    drives,
    context,
    (head, { format }) => context.select(head, kindOf(format, path)),
  );
  return { disks, machine: domain.machine, concerns, name: safeName(domain.name) };
}

function local(drive: DomainDrive, path: string): DomainDrive & ListedDisk {
  const { file } = drive;
  if (file !== undefined) return { ...drive, file };
  throw new MigrateError(
    "source/unsupported",
    `Cannot read ${path}: a disk of it is of type "${drive.type}".`,
    {
      hint: "Only disks in files and on block devices are read. Copy the disk here, and change the XML.",
    },
  );
}

/** The domain says the format: a raw disk may hold anything, the header of another format included. */
function kindOf(format: string, path: string): string {
  const kind = KINDS[format];
  if (kind !== undefined) return kind;
  throw new MigrateError("source/unsupported", `Cannot read ${path}: a disk has the format "${format}".`, {
    hint: "Convert that disk to qcow2 with qemu-img.",
  });
}

/** Whether a text begins as a domain does. */
export function isDomain(head: string): boolean {
  // A comment ends at its first end: otherwise many of them could be split up in endless ways.
  return /^\ufeff?\s*(<\?xml[^>]*\?>\s*)?(<!--(?:(?!-->)[\s\S])*-->\s*)*<domain[\s>]/.test(head);
}

/** The output of `virsh dumpxml`. */
export const libvirtXml: Source = {
  kind: "libvirt-xml",
  title: "libvirt domain (XML)",
  isMachine: true,
  matches: ({ bytes }) => isDomain(headText(bytes)),
  read,
};
