/**
 * A machine as an OVF file with its disks beside it.
 *
 * @module
 */
import { readPackage } from "./machine.ts";
import { packageInFolder } from "./package.ts";
import { headText } from "../parse/parse.ts";
import type { Source } from "../source.ts";

/** Whether a text begins as an envelope does. */
export function isOvf(head: string): boolean {
  if (head.includes("\0") || !/^\ufeff?\s*</.test(head)) return false;
  return /<(?:[\w.-]+:)?Envelope[\s>]/.test(head) && /schemas\.dmtf\.org\/ovf\/envelope\//.test(head);
}

/** OVF 1 and 2. */
export const ovf: Source = {
  kind: "ovf",
  title: "virtual machine (OVF)",
  isMachine: true,
  matches: ({ bytes }) => isOvf(headText(bytes)),
  read: (head, context) => readPackage(packageInFolder(head.path), context),
};
