/**
 * Which guest tools of other hypervisors a guest has, and which program of the guest can remove them.
 *
 * @module
 */
import type { GuestFiles } from "../../../guest/files.ts";
import { GUEST_TOOLS, type GuestTools } from "./catalog.ts";

/** The package manager of a guest, by the program that removes a package without a network. */
export type PackageManager = "dpkg" | "rpm" | "pacman";

/** Tools that were found. */
export interface InstalledTools {
  /** Which. */
  readonly tools: GuestTools;
  /** Names of their packages; empty where only the guest's own package manager can list them. */
  readonly packages: readonly string[];
  /** Whether the vendor's own removal program is there. */
  readonly hasUninstaller: boolean;
}

/** Where RPM keeps its database: a binary file that is not read here. */
const RPM_FOLDERS = ["/var/lib/rpm", "/usr/lib/sysimage/rpm"] as const;
const DPKG_FOLDER = "/var/lib/dpkg/info";
const PACMAN_FOLDER = "/var/lib/pacman/local";

/** The package manager of the guest; null for one that is not known (then nothing can be removed by it). */
export async function packageManager(files: GuestFiles): Promise<PackageManager | null> {
  if (await files.exists(DPKG_FOLDER)) return "dpkg";
  for (const folder of RPM_FOLDERS) if ((await files.list(folder)).length > 0) return "rpm";
  return await files.exists(PACMAN_FOLDER) ? "pacman" : null;
}

/** Every product of the catalogue that the guest has. */
export async function installedTools(files: GuestFiles): Promise<readonly InstalledTools[]> {
  const names = await packageNames(files);
  // With these listings the cache knows of most programs that they are not there.
  for (const folder of ["/usr/bin", "/usr/sbin"]) await files.list(folder);
  const found: InstalledTools[] = [];
  for (const tools of GUEST_TOOLS) {
    const packages = names.filter((name) => tools.packages.test(name));
    const hasUninstaller = tools.uninstaller !== undefined && await someMatch(files, tools.uninstaller[0]);
    const isThere = packages.length > 0 || hasUninstaller || await someExist(files, tools.programs);
    if (isThere) found.push({ tools, packages, hasUninstaller });
  }
  return found;
}

/** Names of the packages of dpkg and pacman, which keep a file or folder for each. */
async function packageNames(files: GuestFiles): Promise<readonly string[]> {
  const deb = (await files.list(DPKG_FOLDER)).flatMap((name) => /^(.+?)(:\w+)?\.list$/.exec(name)?.[1] ?? []);
  const arch = (await files.list(PACMAN_FOLDER)).flatMap((name) =>
    /^(.+)-[^-]+-[^-]+$/.exec(name)?.[1] ?? []
  );
  return [...new Set([...deb, ...arch])];
}

async function someExist(files: GuestFiles, paths: readonly string[]): Promise<boolean> {
  for (const path of paths) if (await files.exists(path)) return true;
  return false;
}

/** Whether a path with `*` in one folder's name matches something. */
async function someMatch(files: GuestFiles, pattern: string): Promise<boolean> {
  const parts = pattern.split("/").filter((part) => part !== "");
  const wild = parts.findIndex((part) => part.includes("*"));
  if (wild === -1) return await files.exists(pattern);
  const folder = `/${parts.slice(0, wild).join("/")}`;
  const prefix = parts[wild]!.replace(/\*$/, "");
  const rest = parts.slice(wild + 1).join("/");
  const names = (await files.list(folder)).filter((name) => name.startsWith(prefix));
  return await someExist(files, names.map((name) => `${folder}/${name}/${rest}`));
}
