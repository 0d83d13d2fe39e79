/**
 * The Deno permissions of a job. They are narrow for files; for native libraries, child processes and sockets Deno has
 * only all or nothing that is of use: pointers need the whole of FFI, ending a process needs the whole of run.
 *
 * @module
 */
import type { Needs } from "./needs.ts";

/** Where a system keeps programs, libraries and their settings. */
export const SYSTEM_FOLDERS: readonly string[] = [
  "/usr",
  "/bin",
  "/sbin",
  "/lib",
  "/lib64",
  "/etc",
  "/opt",
];

/** One permission, and why the job has it. */
export interface Permission {
  /** As deno takes it. */
  readonly flag: string;
  /** For people. */
  readonly why: string;
}

/**
 * The permissions.
 *
 * @param own Files of the program itself
 * @param scratch Folders for temporary files
 */
export function denoPermissions(
  needs: Needs,
  own: readonly string[],
  scratch: readonly string[],
): Permission[] {
  const written = [...needs.writes, ...needs.writtenFiles, ...scratch];
  const read = [...needs.reads, ...written, ...own, ...SYSTEM_FOLDERS];
  return [
    { flag: `--allow-read=${list(read)}`, why: "the source, the output, the program and the system" },
    { flag: `--allow-write=${list(written)}`, why: "the output and the folders for temporary files" },
    { flag: "--allow-env", why: "HYPER2KVM_* and the keys of encrypted disks" },
    { flag: "--allow-sys", why: "processors, memory, the host's name" },
    { flag: "--allow-ffi", why: "libguestfs and libvirt" },
    { flag: "--allow-run", why: "qemu-img, qemu and what unpacks archives" },
    // Sockets of qemu have names that are not known before, and Deno has no wildcard for them.
    {
      flag: "--allow-net",
      why: needs.network.length > 0
        ? needs.network.join(", ")
        : "qemu's control socket, a file in the work folder; the sandbox has no network",
    },
  ];
}

/** Deno separates paths by commas, and takes two for one in a name. */
const list = (paths: readonly string[]): string =>
  [...new Set(paths)].map((path) => path.replaceAll(",", ",,")).join(",");
