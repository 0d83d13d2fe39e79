/**
 * Whether a component is there: a program on the PATH, a library that the loader finds, a file, a kernel.
 * Reads only; a few milliseconds in all.
 *
 * @module
 */

/** How to see that a component is there. */
export type Probe =
  | { readonly kind: "program"; readonly name: string }
  | { readonly kind: "library"; readonly soname: string }
  /** One of these files; a `*` stands for one path element. */
  | { readonly kind: "file"; readonly anyOf: readonly string[] }
  /** A kernel in /boot with its modules, from which supermin can build the libguestfs appliance. */
  | { readonly kind: "kernel" };

/** `unreadable`: it is there, but this user may not read it. */
export type Presence = "present" | "missing" | "unreadable";

/** Where distributions put the code part of the UEFI firmware. */
export const OVMF_CODE: readonly string[] = [
  "/usr/share/OVMF/OVMF_CODE_4M.fd",
  "/usr/share/OVMF/OVMF_CODE.fd",
  "/usr/share/edk2/ovmf/OVMF_CODE.fd",
  "/usr/share/edk2/x64/OVMF_CODE.4m.fd",
  "/usr/share/qemu/ovmf-x86_64-code.bin",
];

/** What marks libguestfs's XFS support; where the appliance always has it, the base list is the mark. */
export const LIBGUESTFS_XFS: readonly string[] = [
  "/usr/lib/*/guestfs/supermin.d/packages-xfs",
  "/usr/lib64/guestfs/supermin.d/zz-packages-xfs",
];

/** Programs of the system may sit outside an ordinary user's PATH. */
const SYSTEM_PATH = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"];

/** The folders in which programs are looked for. */
export function searchPath(): string[] {
  const own = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");
  return [...new Set([...own, ...SYSTEM_PATH])];
}

/** Whether a component is there. */
export function presence(probe: Probe): Presence {
  switch (probe.kind) {
    case "program":
      return of(searchPath().some((folder) => isFile(`${folder}/${probe.name}`)));
    case "library":
      return of(loads(probe.soname));
    case "file":
      return of(probe.anyOf.some((pattern) => expand(pattern).some(isFile)));
    case "kernel":
      return kernelPresence("/boot", ["/lib/modules", "/usr/lib/modules"]);
  }
}

function of(isThere: boolean): Presence {
  return isThere ? "present" : "missing";
}

/** Whether a folder holds a kernel with modules that this user may read. */
export function kernelPresence(bootFolder: string, moduleFolders: readonly string[]): Presence {
  const releases = names(bootFolder).flatMap((name) => /^vmlinuz-(.+)$/.exec(name)?.[1] ?? []);
  const usable = releases.filter((release) =>
    moduleFolders.some((folder) => isFile(`${folder}/${release}/modules.dep`))
  );
  if (usable.some((release) => isReadable(`${bootFolder}/vmlinuz-${release}`))) return "present";
  return usable.length > 0 ? "unreadable" : "missing";
}

function loads(soname: string): boolean {
  try {
    Deno.dlopen(soname, {}).close();
    return true;
  } catch (error) {
    // The loader has no error type of its own: a plain Error says that the library cannot be opened.
    if (error instanceof Error && error.message.includes("Could not open library")) return false;
    throw error;
  }
}

function expand(pattern: string): string[] {
  return pattern.split("/").slice(1).reduce<string[]>(
    (folders, part) =>
      folders.flatMap((folder) =>
        part === "*" ? names(folder).map((name) => `${folder}/${name}`) : [`${folder}/${part}`]
      ),
    [""],
  );
}

function names(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map((entry) => entry.name);
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

function isReadable(path: string): boolean {
  try {
    Deno.openSync(path).close();
    return true;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

/** A folder on the PATH may be missing, be a file, or be closed to this user. */
function isAbsence(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotADirectory;
}
