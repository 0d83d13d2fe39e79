/**
 * Boots a disk that never comes up, for the test that kills it. Arguments: the disk and a folder.
 *
 * @module
 */
import { proveBoot } from "../../src/verify/boot.ts";

const [path = "", folder = ""] = Deno.args;
await proveBoot({
  vm: "tiny",
  disks: [{ path, format: "raw" }],
  firmware: "bios",
  nics: [],
  accelerator: "tcg",
  evidenceDir: folder,
  workDir: folder,
  signal: new AbortController().signal,
  emit: () => {},
});
