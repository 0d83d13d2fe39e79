/**
 * Tests that need a program or a library which a machine may lack: a failure in CI, a named skip elsewhere.
 *
 * @module
 */

/** What a test needs. */
export interface Needs {
  /** Programs on the PATH, or absolute paths. */
  readonly programs?: readonly string[];
  /** Shared libraries by soname. */
  readonly libraries?: readonly string[];
  /** Other files or folders, such as data of a package. */
  readonly files?: readonly string[];
  /** Whether it runs as root only. */
  readonly root?: boolean;
  /** Whether a library keeps a timer of its own across tests, as undici does: timers, which count as
   * resources, are not checked then. */
  readonly keepsTimer?: boolean;
}

/** What is missing here. */
export function missingHere(needs: Needs): string[] {
  return [
    ...(needs.programs ?? []).filter((program) => !hasProgram(program)),
    ...(needs.libraries ?? []).filter((library) => !hasLibrary(library)),
    ...(needs.files ?? []).filter((path) => !exists(path)),
    ...(needs.root && Deno.uid() !== 0 ? ["root"] : []),
  ];
}

/** Registers a test, or its skip with the reason in its name. */
export function testNeeding(needs: Needs, name: string, fn: () => void | Promise<void>): void {
  const missing = missingHere(needs);
  if (missing.length === 0) {
    Deno.test({
      name,
      fn,
      ...(needs.keepsTimer === true ? { sanitizeOps: false, sanitizeResources: false } : {}),
    });
  } else if (Deno.env.get("CI") === "true") {
    Deno.test(name, () => {
      throw new Error(`Cannot run this test: ${missing.join(", ")} missing.`);
    });
  } else Deno.test({ name: `${name} [skipped: needs ${missing.join(", ")}]`, ignore: true, fn });
}

function hasProgram(program: string): boolean {
  const folders = program.startsWith("/") ? [""] : (Deno.env.get("PATH") ?? "").split(":");
  return folders.some((folder) => exists(folder === "" ? program : `${folder}/${program}`));
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
}

function hasLibrary(soname: string): boolean {
  try {
    Deno.dlopen(soname, {}).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return false;
  }
}
