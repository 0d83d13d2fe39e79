/**
 * Preflight rule: this user may read a kernel, from which libguestfs builds its appliance. Some distributions keep
 * /boot/vmlinuz-* for root.
 *
 * @module
 */
import type { Finding, PreflightRule } from "./rule.ts";

/** How the appliance's kernel stands. */
export type KernelAccess =
  | { readonly kind: "readable" | "missing" }
  /** Every kernel that is there is closed to this user. */
  | { readonly kind: "unreadable"; readonly path: string };

/** Where kernels are, and their modules. */
export interface KernelFolders {
  /** The folder of `vmlinuz-RELEASE`. */
  readonly boot: string;
  /** The folders of `RELEASE/modules.dep`, and of `RELEASE/vmlinuz` on some systems. */
  readonly modules: readonly string[];
}

const FOLDERS: KernelFolders = { boot: "/boot", modules: ["/lib/modules", "/usr/lib/modules"] };

/** Looks for kernels where supermin(1) does. */
export async function kernelAccess({ boot, modules }: KernelFolders = FOLDERS): Promise<KernelAccess> {
  let closed: string | undefined;
  for (const folder of modules) {
    for (const release of await names(folder)) {
      if (!(await names(`${folder}/${release}`)).includes("modules.dep")) continue;
      for (const path of [`${folder}/${release}/vmlinuz`, `${boot}/vmlinuz-${release}`]) {
        const access = await accessTo(path);
        if (access === "readable") return { kind: "readable" };
        if (access === "unreadable") closed = path;
      }
    }
  }
  return closed === undefined ? { kind: "missing" } : { kind: "unreadable", path: closed };
}

/** What lets a user read a kernel. */
export const kernelHint = (path: string): string =>
  `Let this user read it: chmod a+r ${path} (dpkg-statoverride --update --add root root 0644 ${path} keeps it so), ` +
  "or run as root.";

/** Stops when every kernel is closed to this user. */
export const applianceKernel: PreflightRule = {
  id: "host/kernel-unreadable",
  check({ host: { kernel } }): Finding | null {
    if (kernel?.kind !== "unreadable") return null;
    return {
      id: "host/kernel-unreadable",
      severity: "critical",
      code: "permission/denied",
      message:
        `Cannot open guests: ${kernel.path} may not be read by this user, and libguestfs needs a kernel.`,
      hint: kernelHint(kernel.path),
    };
  },
};

async function names(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map((entry) => entry.name);
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}

async function accessTo(path: string): Promise<"readable" | "unreadable" | "missing"> {
  try {
    (await Deno.open(path)).close();
    return "readable";
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return "unreadable";
    if (isAbsence(error)) return "missing";
    throw error;
  }
}

const isAbsence = (error: unknown): boolean =>
  error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory ||
  error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable;
