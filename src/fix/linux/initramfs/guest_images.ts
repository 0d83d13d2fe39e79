/**
 * Fetches what the initramfs fix reads from a guest: images, indexes, modules. As few calls as possible, since
 * each goes through the appliance.
 *
 * @module
 */
import { join } from "@std/path";
import type { FixContext } from "../../fix.ts";
import type { KernelModule, KernelModules } from "./kernel_modules.ts";
import { parseModulesBuiltin, parseModulesDep } from "./kernel_modules.ts";
import type { ModuleFile } from "./augment.ts";
import { type Image, readImage } from "./image.ts";

/** Reads each image and each kernel's indexes once. */
export class GuestImages {
  readonly #context: FixContext;
  readonly #images = new Map<string, Promise<Image>>();
  readonly #kernels = new Map<string, Promise<KernelModules>>();

  /** Reads through the files of a context. */
  constructor(context: FixContext) {
    this.#context = context;
  }

  /**
   * Reads an image.
   *
   * @throws {MigrateError} as {@linkcode readImage}
   */
  image(path: string): Promise<Image> {
    const known = this.#images.get(path) ??
      this.#fetch(path, (hostPath) => readImage(hostPath, this.#context.signal));
    this.#images.set(path, known);
    return known;
  }

  /** Reads modules.dep and modules.builtin of a release; both are empty when the guest has none. */
  kernel(release: string): Promise<KernelModules> {
    const known = this.#kernels.get(release) ?? this.#readKernel(release);
    this.#kernels.set(release, known);
    return known;
  }

  /** Reads module files. */
  async modules(release: string, modules: readonly KernelModule[]): Promise<readonly ModuleFile[]> {
    // At the same time: a guest over SSH sends them in one go.
    return await Promise.all(modules.map(async (module) => {
      const path = `/lib/modules/${release}/${module.path}`;
      return { module, content: await this.#fetch(path, (hostPath) => Deno.readFile(hostPath)) };
    }));
  }

  /** Reads modules.alias of a release, empty when there is none. */
  async aliases(release: string): Promise<string> {
    return await this.#context.files.readText(`/lib/modules/${release}/modules.alias`) ?? "";
  }

  async #readKernel(release: string): Promise<KernelModules> {
    const directory = `/lib/modules/${release}`;
    const read = async (name: string): Promise<string> =>
      await this.#context.files.readText(`${directory}/${name}`) ?? "";
    const [dep, builtin] = await Promise.all([read("modules.dep"), read("modules.builtin")]);
    return { release, modules: parseModulesDep(dep), builtin: parseModulesBuiltin(builtin) };
  }

  /** Downloads a file for as long as it is read. */
  async #fetch<T>(path: string, read: (hostPath: string) => Promise<T>): Promise<T> {
    const folder = await Deno.makeTempDir({ dir: this.#context.workDir, prefix: "initramfs-" });
    try {
      const hostPath = join(folder, "file");
      await this.#context.files.download(path, hostPath);
      return await read(hostPath);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
}
