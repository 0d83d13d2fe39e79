/**
 * What a job needs of the host, and nothing beside: the files that it reads and writes, the network, KVM, libvirt.
 * From this come the sandbox of one run, its Deno permissions, and the confinement of a unit.
 *
 * @module
 */
import { basename, dirname, join, resolve } from "@std/path";
import type { Job } from "../config/schema.ts";
import { DEFAULT_URI } from "../libvirt/uri.ts";
import { MigrateError } from "../model/error.ts";

/** The needs of one or more machines. Paths are absolute. */
export interface Needs {
  /** Files and folders that are only read. */
  readonly reads: readonly string[];
  /** Folders that are written. */
  readonly writes: readonly string[];
  /** Files outside of those folders that are appended to: the log. */
  readonly writtenFiles: readonly string[];
  /** Why other hosts are reached; empty when none is. */
  readonly network: readonly string[];
  /** Whether guests run under KVM. */
  readonly kvm: boolean;
  /** Folder of libvirt's socket on this host; undefined when libvirt is not used. */
  readonly libvirtSocket?: string;
  /** Variables that hold keys. */
  readonly variables: readonly string[];
}

/** A machine, and the files of its source. */
export interface Surveyed {
  /** What is asked for. */
  readonly job: Job;
  /** The files that its source consists of; empty for one on another host. */
  readonly files: readonly string[];
}

/**
 * Computes the needs of machines.
 *
 * @param configs Job files that are read
 * @param kvm Whether KVM works here
 */
export function needsOf(
  machines: readonly Surveyed[],
  configs: readonly string[],
  kvm: boolean,
  env: (name: string) => string | undefined = (name) => Deno.env.get(name),
): Needs {
  const jobs = machines.map((one) => one.job);
  const writes = jobs.flatMap(({ output, work_dir }) => [output, work_dir]).filter((one) =>
    one !== undefined
  );
  refuseOutside(jobs, unique(writes));
  const logs = unique(jobs.flatMap(({ log_file }) => log_file ?? []));
  const keys = jobs.flatMap((job) => job.luks_key.map((key) => /=(file|keyfile|env):(.*)$/.exec(key)!));
  const remote = jobs.flatMap((job) => job.source.filter((source) => source.includes("://")));
  const uris = jobs.filter((job) => job.define || job.keep_domain || job.uri !== undefined)
    .map((job) => job.uri ?? DEFAULT_URI);
  const sockets = uris.map((uri) => socketOf(uri, env)).filter((one) => one !== undefined);
  return {
    reads: unique([
      ...machines.flatMap((one) => one.files),
      ...configs,
      ...keys.flatMap(([, kind, value]) => kind === "env" ? [] : [value!]),
      ...jobs.flatMap((job) => [job.identity, job.uri_auth, job.driver_iso]).filter((one) =>
        one !== undefined
      ),
      ...remote.length > 0 ? sshFiles(env) : [],
    ]),
    writes: unique(writes),
    writtenFiles: logs.filter((file) => !isBelow(file, unique(writes))),
    network: [
      ...remote.map((source) => `the source ${source}`),
      ...uris.filter((uri) => /^\w+\+\w+:|^\w+:\/\/[^/]/.test(uri)).map((uri) => `libvirt at ${uri}`),
    ],
    kvm: kvm && jobs.length > 0,
    ...(sockets[0] === undefined ? {} : { libvirtSocket: sockets[0] }),
    variables: [...new Set(keys.flatMap(([, kind, value]) => kind === "env" ? [value!] : []))],
  };
}

/**
 * A report is replaced by renaming, which needs its folder; and a folder of the user's is not opened for that.
 *
 * @throws {MigrateError} `usage/bad-value`
 */
function refuseOutside(jobs: readonly Job[], writes: readonly string[]): void {
  for (const path of jobs.flatMap(({ report, metrics_file }) => [report, metrics_file])) {
    if (path === undefined || isBelow(resolve(path), writes)) continue;
    throw new MigrateError(
      "usage/bad-value",
      `Cannot confine the job: it writes ${path}, beside its output.`,
      {
        hint: "Put reports and numbers into the output folder.",
      },
    );
  }
}

const isBelow = (path: string, folders: readonly string[]): boolean =>
  folders.some((folder) => path.startsWith(`${folder}/`));

/** The keys and the configuration of ssh, and the socket of its agent. */
function sshFiles(env: (name: string) => string | undefined): string[] {
  const home = env("HOME");
  return [
    ...home === undefined ? [] : [join(home, ".ssh")],
    ...[env("SSH_AUTH_SOCK")].filter((one) => one !== undefined && one !== "") as string[],
  ];
}

/** Where libvirtd of this host listens for a URI; undefined for one of another host, or without a daemon. */
function socketOf(uri: string, env: (name: string) => string | undefined): string | undefined {
  if (/^\w+:\/\/\/system/.test(uri)) return "/run/libvirt";
  if (!/^\w+:\/\/\/session/.test(uri)) return undefined;
  return join(env("XDG_RUNTIME_DIR") ?? `/run/user/${Deno.uid()}`, "libvirt");
}

/** What is beside a description and belongs to it: the manifest and the certificate of an OVF. */
export function companionsOf(path: string): string[] {
  if (!/\.ovf$/i.test(path)) return [];
  const stem = join(dirname(path), basename(path).replace(/\.ovf$/i, ""));
  return [`${stem}.mf`, `${stem}.cert`];
}

const unique = (paths: readonly string[]): string[] => [...new Set(paths.map((path) => resolve(path)))];
