/**
 * Looks into the members of an archive for what can be read.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import { windowHead } from "../input/input_head.ts";
import type { InputHead, SourceContext } from "../source.ts";
import type { Candidate, Role } from "./choose.ts";
import { limitsOf, UnpackGuard } from "./limits.ts";
import type { Member } from "./member.ts";

const HEAD_BYTES = 128 * 1024;
/** How many of the largest members are looked into. */
const LOOK_AT_MOST = 64;
/** Small files that stand for disks; the content decides in the end. */
const DESCRIPTOR_NAME = /\.(vmx|ovf|vmdk)$/i;
const DESCRIPTOR_START = "# Disk DescriptorFile";
const BOOT_SIGNATURE_AT = 510;
/** Kinds that name further files. */
const MACHINES: ReadonlySet<string> = new Set(["vmx", "ovf", "libvirt-xml"]);
const ARCHIVE_KINDS: ReadonlySet<string> = new Set(["ova", "tar", "zip", "gzip", "xz", "zstd"]);

/** The members that a kind takes, with their kinds and roles. */
export async function findCandidates(
  members: readonly Member[],
  context: SourceContext,
): Promise<Candidate[]> {
  const bySize = members.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
  const looked = new Set([
    ...bySize.slice(0, LOOK_AT_MOST),
    ...members.filter(({ name }) => DESCRIPTOR_NAME.test(name)).slice(0, LOOK_AT_MOST),
  ]);
  const found: Candidate[] = [];
  for (const member of looked) {
    const head = await headOf(member, context);
    const kind = kindOf(head, context);
    if (kind !== null) found.push({ member, kind, role: roleOf(kind, head) });
  }
  return found;
}

/** The first bytes of a member; the last ones only where it is not compressed. */
async function headOf(member: Member, context: SourceContext): Promise<InputHead> {
  if (member.window !== undefined) return await windowHead(member.window);
  const { job, signal } = context;
  const bytes = new Uint8Array(HEAD_BYTES);
  let length = 0;
  for await (const piece of member.read(signal, new UnpackGuard(job.source[0] ?? "", limitsOf(context)))) {
    const part = piece.subarray(0, HEAD_BYTES - length);
    bytes.set(part, length);
    length += part.length;
    if (length === HEAD_BYTES) break;
  }
  return {
    path: member.name,
    bytes: bytes.subarray(0, length),
    tail: bytes.subarray(Math.max(0, length - 512), length),
    sizeBytes: member.sizeBytes,
  };
}

function kindOf(head: InputHead, context: SourceContext): string | null {
  try {
    return context.select(head).kind;
  } catch (error) {
    // What no kind takes is a manifest, a licence and the like.
    if (error instanceof MigrateError && error.code === "source/unsupported") return null;
    throw error;
  }
}

/** A raw disk shows whether it boots; the other formats hide it. */
function roleOf(kind: string, { bytes }: InputHead): Role {
  if (MACHINES.has(kind)) return "machine";
  if (ARCHIVE_KINDS.has(kind)) return "archive";
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, DESCRIPTOR_START.length));
  if (start.toLowerCase() === DESCRIPTOR_START.toLowerCase()) return "descriptor";
  const boots = bytes[BOOT_SIGNATURE_AT] === 0x55 && bytes[BOOT_SIGNATURE_AT + 1] === 0xaa;
  return kind !== "raw" || boots ? "bootable" : "other";
}
