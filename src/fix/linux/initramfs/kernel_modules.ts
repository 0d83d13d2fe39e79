/**
 * The modules of a kernel: what depmod and the kernel's build write about them (modules.dep(5)).
 *
 * @module
 */

/** The modules of one kernel release in the guest. */
export interface KernelModules {
  /** Release, as in `/lib/modules/RELEASE`. */
  readonly release: string;
  /** Modules by name, in the order of modules.dep. */
  readonly modules: ReadonlyMap<string, KernelModule>;
  /** Names of what is built into the kernel. */
  readonly builtin: ReadonlySet<string>;
}

/** One module file. */
export interface KernelModule {
  /** Name with underscores, as the kernel shows it. */
  readonly name: string;
  /** Path below `/lib/modules/RELEASE`, such as `kernel/drivers/block/virtio_blk.ko.xz`. */
  readonly path: string;
  /** Names of the modules that must be loaded before it, all of them, nearest first. */
  readonly needs: readonly string[];
}

/** Endings of module files. */
const MODULE_FILE = /\.ko(\.gz|\.xz|\.zst)?$/;

/** Whether a path names a module file. */
export function isModuleFile(path: string): boolean {
  return MODULE_FILE.test(path);
}

/** The name of the module in a file: `kernel/drivers/md/dm-mod.ko.xz` is `dm_mod`. */
export function moduleName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(MODULE_FILE, "").replaceAll("-", "_");
}

/** Reads modules.dep: a line per module, `PATH: PATH PATH …`. */
export function parseModulesDep(text: string): Map<string, KernelModule> {
  const modules = new Map<string, KernelModule>();
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon < 1) continue;
    const path = line.slice(0, colon);
    const needs = line.slice(colon + 1).split(" ").filter(Boolean).map(moduleName);
    modules.set(moduleName(path), { name: moduleName(path), path, needs });
  }
  return modules;
}

/** Reads modules.builtin: a path per line. */
export function parseModulesBuiltin(text: string): Set<string> {
  return new Set(text.split("\n").filter((line) => isModuleFile(line)).map(moduleName));
}

/** The modules with all that they need, each once, what is needed first; built-in and unknown ones left out. */
export function withNeeds(names: readonly string[], kernel: KernelModules): readonly KernelModule[] {
  const found = new Map<string, KernelModule>();
  const visit = (name: string): void => {
    const module = kernel.modules.get(name);
    if (module === undefined || kernel.builtin.has(name) || found.has(name)) return;
    for (const need of module.needs.toReversed()) visit(need);
    found.set(name, module);
  };
  names.forEach(visit);
  return [...found.values()];
}
