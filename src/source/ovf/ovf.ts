/**
 * A machine as an OVF file with its disks beside it.
 *
 * @module
 */
import { isOvf } from "./envelope.ts";
import { readPackage } from "./machine.ts";
import { packageInFolder } from "./package.ts";
import { headText } from "../parse/parse.ts";
import type { Source } from "../source.ts";

/** OVF 1 and 2. */
export const ovf: Source = {
  kind: "ovf",
  title: "virtual machine (OVF)",
  isMachine: true,
  matches: ({ bytes }) => isOvf(headText(bytes)),
  read: (head, context) => readPackage(packageInFolder(head.path), context),
};
