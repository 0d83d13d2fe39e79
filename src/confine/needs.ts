/**
 * What a job needs of the host, and nothing beside: the files that it reads and writes, the network, KVM, libvirt.
 * From this come the sandbox of one run, its Deno permissions, and the confinement of a unit.
 *
 * @module
 */
import { basename, dirname, join, resolve } from "@std/path";
import { OPTIONS } from "../config/options.ts";
import type { Job, JobKey } from "../config/schema.ts";
import { DEFAULT_URI, isLocalUri } from "../libvirt/uri.ts";
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
  /** Devices: KVM where guests run under it, and those that disks are written to. */
  readonly devices: readonly string[];
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
  const writes = unique(jobs.flatMap(({ output, work_dir }) => present([output, work_dir])));
  refuseOutside(jobs, writes);
  const keys = jobs.flatMap((job) => job.luks_key.map((key) => /=(file|keyfile|env):(.*)$/.exec(key)!));
  const remote = jobs.flatMap((job) => job.source.filter((source) => source.includes("://")));
  const uris = jobs.flatMap((job) => present([job.uri ?? (job.define ? DEFAULT_URI : undefined)]));
  const sockets = present(uris.filter(isLocalUri).map((uri) => socketOf(uri, env)));
  return {
    reads: unique([
      ...machines.flatMap((one) => one.files),
      ...configs,
      ...keys.flatMap(([, kind, value]) => kind === "env" ? [] : [value!]),
      ...jobs.flatMap(namedFiles),
      ...remote.length > 0 ? sshFiles(env) : [],
    ]),
    writes,
    writtenFiles: unique(jobs.flatMap((job) => present([job.log_file]))).filter((file) =>
      !isBelow(file, writes)
    ),
    network: [
      ...remote.map((source) => `the source ${source}`),
      ...present(jobs.map((job) => job.vcenter)).map((host) => `vSphere at ${host}`),
      ...uris.filter((uri) => !isLocalUri(uri)).map((uri) => `libvirt at ${uri}`),
    ],
    devices: [...kvm ? ["/dev/kvm"] : [], ...jobs.flatMap((job) => job.output_device)],
    ...(sockets[0] === undefined ? {} : { libvirtSocket: sockets[0] }),
    variables: [
      ...new Set([
        ...keys.flatMap(([, kind, value]) => kind === "env" ? [value!] : []),
        ...jobs.flatMap((job) => present([job.password_env])),
      ]),
    ],
  };
}

/** Options that name what is written, or belong to other commands. */
const NOT_READ: ReadonlySet<JobKey> = new Set<JobKey>([
  ...["source", "output", "work_dir", "output_device", "report", "metrics_file", "log_file"] as const,
  ...["watch_dir", "prefix"] as const,
]);

/** The files and folders that options of a job name to be read. */
function namedFiles(job: Job): string[] {
  return OPTIONS.filter((one) =>
    one.completes !== undefined && one.flagOnly !== true && !NOT_READ.has(one.key)
  )
    .flatMap(({ key }) => job[key] ?? []) as string[];
}

const present = <T>(values: readonly (T | undefined)[]): T[] =>
  values.filter((one) => one !== undefined) as T[];

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
