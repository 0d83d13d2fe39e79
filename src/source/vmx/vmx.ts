/**
 * A machine of VMware as its folder has it: a .vmx file and the disks that it names, snapshots in use included.
 *
 * @module
 */
import { MigrateError } from "../../model/error.ts";
import { readListedDisks } from "../machine/listed_disks.ts";
import { safeName } from "../ovf/machine.ts";
import { headText, parseForeign } from "../parse/parse.ts";
import type { FoundMachine, InputHead, Source, SourceContext } from "../source.ts";
import { isVmx, type VmxMachine } from "./text.ts";

async function read({ path, sizeBytes }: InputHead, context: SourceContext): Promise<FoundMachine> {
  const vm = await parseForeign("vmx", { path, offset: 0, sizeBytes }, context.signal);
  refuseEncrypted(vm, path);
  const { disks, concerns } = await readListedDisks(
    path,
    vm.drives,
    context,
    (head) => context.select(head, "vmdk"),
  );
  return { disks, concerns, ...describeVmx(vm) };
}

/**
 * Refuses a machine whose hardware and disks cannot be read.
 *
 * @throws {MigrateError} `source/unsupported`
 */
export function refuseEncrypted({ encrypted }: VmxMachine, path: string): void {
  if (!encrypted) return;
  throw new MigrateError("source/unsupported", `Cannot read ${path}: the machine is encrypted.`, {
    hint: "Decrypt it in VMware first.",
  });
}

/** What a configuration says beside the disks. */
export function describeVmx({ machine, name }: VmxMachine): Pick<FoundMachine, "machine" | "name"> {
  return { machine, ...(name === undefined ? {} : { name: safeName(name) }) };
}

/** Machines of VMware Workstation, Fusion, Player and ESXi. */
export const vmx: Source = {
  kind: "vmx",
  title: "VMware machine (VMX)",
  isMachine: true,
  matches: ({ bytes }) => isVmx(headText(bytes)),
  read,
};
