/**
 * Changed block tracking: which areas of a disk changed since a moment that the server remembers
 * (vSphere Web Services API, VirtualMachine.QueryChangedDiskAreas).
 *
 * @module
 */
import { element } from "../../libvirt/xml_builder.ts";
import { joinRanges, type Range } from "./transfer/ranges.ts";
import type { VsphereSession } from "./session.ts";
import { referenceArgument, SoapFault } from "./soap.ts";
import type { VmDisk } from "./machines/vm.ts";
import { childrenOf, textAt } from "./xml.ts";

/** Every area that was ever written, instead of a moment. */
export const EVER_WRITTEN = "*";

/** More answers than any disk needs: ends a server that never does. */
const MAX_ANSWERS = 1_000_000;

/** What a moment that the server no longer knows, or tracking that is off, is answered with. */
const UNKNOWN: readonly string[] = [
  "InvalidArgument",
  "FileFault",
  "NotFound",
  "NotSupported",
  "FileNotFound",
];

/**
 * The areas that changed between a moment and a snapshot, or now where the machine is off; null when the server cannot
 * say.
 *
 * @throws {MigrateError} `network/failed` or `permission/denied`
 */
export async function changedAreas(
  session: VsphereSession,
  vm: string,
  snapshot: string | undefined,
  disk: VmDisk,
  since: string,
): Promise<Range[] | null> {
  const areas: Range[] = [];
  let at = 0;
  for (let answers = 0; at < disk.sizeBytes; answers++) {
    if (answers === MAX_ANSWERS) throw new Error("the server names changed areas without end");
    const info = await query(session, vm, snapshot, disk, at, since);
    if (info === null) return null;
    for (const area of childrenOf(info, "changedArea")) {
      const start = Number(textAt(area, "start"));
      areas.push([start, Math.min(start + Number(textAt(area, "length")), disk.sizeBytes)]);
    }
    const next = Number(textAt(info, "startOffset")) + Number(textAt(info, "length"));
    if (!(next > at)) return null; // it says nothing of the rest
    at = next;
  }
  return joinRanges(areas);
}

async function query(
  session: VsphereSession,
  vm: string,
  snapshot: string | undefined,
  disk: VmDisk,
  startOffset: number,
  changeId: string,
): Promise<Parameters<typeof childrenOf>[0] | null> {
  try {
    const [info] = await session.call("QueryChangedDiskAreas", { type: "VirtualMachine", id: vm }, [
      ...(snapshot === undefined
        ? []
        : [referenceArgument("snapshot", { type: "VirtualMachineSnapshot", id: snapshot })]),
      element("deviceKey", {}, disk.key),
      element("startOffset", {}, startOffset),
      element("changeId", {}, changeId),
    ]);
    return info ?? null;
  } catch (error) {
    if (error instanceof SoapFault && UNKNOWN.includes(error.kind)) return null;
    throw error;
  }
}
