/**
 * A machine as an OVA: an OVF package in one tar, read in place.
 *
 * Format: DMTF DSP0243, 6.2: the envelope is the first member, the disks lie in the tar as they are.
 *
 * @module
 */
import { limitsOf } from "../archive/limits.ts";
import { readIndex } from "../archive/read_index.ts";
import { readPackage } from "./machine.ts";
import { packageInTar } from "./package.ts";
import type { FoundMachine, InputHead, Source, SourceContext } from "../source.ts";
import { isTarHeader, tarHeader, TarHeaderError } from "../tar/header.ts";

const BLOCK = 512;
/** Members that are looked at before the envelope: pax and long-name headers, a folder. */
const MAX_BEFORE = 8;

/** Whether the first members of a tar, as far as they are at hand, have an envelope among them. */
export function beginsWithEnvelope(bytes: Uint8Array): boolean {
  try {
    for (let at = 0, count = 0; count < MAX_BEFORE; count++) {
      const block = bytes.subarray(at, at + BLOCK);
      if (!isTarHeader(block)) return false;
      const { name, sizeBytes } = tarHeader(block);
      if (/\.ovf$/i.test(name)) return true;
      at += BLOCK + Math.ceil(sizeBytes / BLOCK) * BLOCK;
    }
    return false;
  } catch (error) {
    if (error instanceof TarHeaderError) return false;
    throw error;
  }
}

async function read({ path, sizeBytes }: InputHead, context: SourceContext): Promise<FoundMachine> {
  const { maxMembers } = limitsOf(context);
  const members = await readIndex("tar", { path, offset: 0, sizeBytes }, { ...context, maxMembers });
  return await readPackage(packageInTar(path, members), context);
}

/** OVF packages in a tar. */
export const ova: Source = {
  kind: "ova",
  title: "virtual machine (OVA)",
  isMachine: true,
  matches: ({ bytes }) => beginsWithEnvelope(bytes),
  read,
};
