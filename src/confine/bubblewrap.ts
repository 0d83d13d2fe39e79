/**
 * The arguments of bubblewrap (bwrap(1)) that confine one run: it sees the system's programs, the source read-only,
 * the folders that it writes, and nothing else; without a remote source it has no network.
 *
 * @module
 */
import type { Needs } from "./needs.ts";

/** The sandbox of one run. */
export interface Sandbox {
  /** What the job needs. */
  readonly needs: Needs;
  /** Files and folders of the program. */
  readonly own: readonly string[];
  /** The libguestfs appliance. */
  readonly appliance: string;
  /** Name of the host: locks carry it. */
  readonly hostname: string;
  /** The folder that the run starts in. */
  readonly cwd: string;
  /** Its variables; it has no others. */
  readonly env: Readonly<Record<string, string>>;
}

/** Folders of the system that hold programs, libraries and data, all of them readable by everyone. */
const SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"] as const;

/** Settings of the system that libraries and programs read; the rest of /etc is not there. */
const SETTINGS = [
  ...["ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "mke2fs.conf", "magic"],
  ...["passwd", "group", "nsswitch.conf", "libvirt", "qemu", "qemu-ifup", "os-release", "machine-id"],
] as const;

/** What a connection to another host needs besides. */
const NETWORK_SETTINGS = [
  "hosts",
  "resolv.conf",
  "services",
  "ssl",
  "ssh",
  "pki",
  "ca-certificates",
] as const;

/** The home folder in a sandbox: empty, and gone with it. */
export const SANDBOX_HOME = "/tmp/home";
/** The folder for temporary files in a sandbox. */
export const SANDBOX_TMP = "/tmp";

/** The arguments, up to the command. */
export function bubblewrapArgs(sandbox: Sandbox): string[] {
  const { needs, own, appliance, hostname, cwd, env } = sandbox;
  const hasNetwork = needs.network.length > 0;
  const settings = [...SETTINGS, ...hasNetwork ? NETWORK_SETTINGS : []].map((name) => `/etc/${name}`);
  const readonly = (paths: readonly string[]): string[] => paths.flatMap((path) => ["--ro-bind", path, path]);
  const ifThere = (paths: readonly string[]): string[] =>
    paths.flatMap((path) => ["--ro-bind-try", path, path]);
  return [
    ...["--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try"],
    ...hasNetwork ? [] : ["--unshare-net"],
    ...["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", hostname],
    ...["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/var/tmp", "--dir", SANDBOX_HOME],
    ...needs.devices.flatMap((path) => ["--dev-bind", path, path]),
    ...ifThere([...SYSTEM, ...settings]),
    ...hasNetwork ? ifThere(["/run/systemd/resolve"]) : [],
    ...readonly([...own, appliance]),
    ...needs.libvirtSocket === undefined ? [] : ["--bind", needs.libvirtSocket, needs.libvirtSocket],
    // The source comes last: where it lies in the output folder it is read-only all the same.
    ...[...needs.writes, ...needs.writtenFiles].flatMap((path) => ["--bind", path, path]),
    ...readonly(needs.reads),
    ...["--clearenv", ...Object.entries(env).flatMap(([name, value]) => ["--setenv", name, value])],
    ...["--dir", cwd, "--chdir", cwd],
  ];
}
