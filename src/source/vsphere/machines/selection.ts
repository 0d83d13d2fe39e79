/**
 * Which machines a user means: a name, a managed object id, an inventory path, or a glob over names or paths.
 *
 * @module
 */
import { suggest } from "../../../config/suggest.ts";
import { MigrateError } from "../../../model/error.ts";
import { globPattern } from "./glob.ts";
import type { VmSummary } from "./vm.ts";

/**
 * The machines that the selectors name, each once, in the order of the selectors. No selector selects all.
 *
 * @throws {MigrateError} `source/missing` for a selector that names none
 */
export function selectVms<T extends VmSummary>(vms: readonly T[], selectors: readonly string[]): T[] {
  if (selectors.length === 0) return [...vms];
  const selected = new Set<T>();
  for (const selector of selectors) {
    const found = vms.filter((vm) => matches(vm, selector));
    if (found.length === 0) throw noSuchVm(selector, vms);
    found.forEach((vm) => selected.add(vm));
  }
  return [...selected];
}

function matches(vm: VmSummary, selector: string): boolean {
  if (vm.id === selector || vm.name === selector || vm.path === selector) return true;
  if (!/[*?]/.test(selector)) return false;
  return globPattern(selector).test(selector.startsWith("/") ? vm.path : vm.name);
}

function noSuchVm(selector: string, vms: readonly VmSummary[]): MigrateError {
  const near = suggest(selector, vms.map((vm) => vm.name));
  return new MigrateError("source/missing", `Cannot find the VM "${selector}".`, {
    hint: near === undefined ? "See hyper2kvm vsphere list." : `Did you mean ${near}?`,
  });
}
