/**
 * A libvirt of the test's own: libvirtd and virtlogd in mount namespaces where every folder of libvirt is a
 * private one, and in a network of their own, so that several at the same time, and the system's own, know
 * nothing of each other. It is `qemu:///system` in all but the path of its socket.
 *
 * @module
 */
import { Connection, VirtError } from "../../ffi/libvirt/mod.ts";
import { ChildGroup } from "../../src/run/command.ts";
import { probeAccelerator } from "../../src/verify/kvm_probe.ts";
import { freePort } from "./free_port.ts";
import { makeCertificates } from "./tls_certificates.ts";
import { TempFolder } from "./temp.ts";
import "./virt.ts"; // opens the library before any test, for whose leak it would be taken

/** What a test with the daemon needs. */
export const DAEMON_NEEDS = {
  libraries: ["libvirt.so.0", "libvirt-qemu.so.0"],
  programs: ["/usr/sbin/libvirtd", "/usr/sbin/virtlogd", "qemu-system-x86_64", "qemu-img", "unshare", "ip"],
  root: true,
};

/** A daemon that nobody uses for so long ends by itself, should the test be killed. */
const IDLE_SECONDS = "600";

/** The folders of libvirt, by the name of what stands for each. */
const FOLDERS = {
  run: "/run/libvirt",
  lib: "/var/lib/libvirt",
  log: "/var/log/libvirt",
  etc: "/etc/libvirt",
  cache: "/var/cache/libvirt",
} as const;

/**
 * Puts private folders over libvirt's, and a file that nobody may open over a KVM that does not work: where
 * libvirt may open it and QEMU cannot use it, libvirt starts QEMU anew for each question, which takes minutes.
 */
const PRIVATE = [
  ...Object.entries(FOLDERS).map(([name, path]) => `mkdir -p ${path} && mount --bind "$1/${name}" ${path}`),
  '[ -z "$2" ] || [ ! -e /dev/kvm ] || mount --bind "$1/no-kvm" /dev/kvm',
  'shift 2; exec "$@"',
].join("\n");

/**
 * Starts a network namespace, with a bridge where a name for one is given. In one network, two daemons that look
 * for a free VNC port at the same time find the same one, and one of their machines does not start.
 */
const NETWORK = [
  "ip link set lo up",
  '[ -z "$1" ] || { ip link add "$1" type bridge && ip link set "$1" up; }',
  'shift; exec "$@"',
].join("\n");

/** How long a daemon may take to listen, in milliseconds. */
const START_TIMEOUT_MS = 60_000;

/** A running libvirt; dispose of it to end it. */
export interface TestLibvirt extends AsyncDisposable {
  /** Its URI. */
  readonly uri: string;
  /** Its URI over TLS, where it listens. */
  readonly tlsUri: string;
  /** The names of its domains, and the files in its folder of NVRAM: what a test may have left behind. */
  leftovers(): Promise<string[]>;
  /** Folder on the host of what it has in /var/lib/libvirt. */
  readonly stateFolder: string;
  /** Folder on the host of what it has in /var/log/libvirt. */
  readonly logFolder: string;
  /** The arguments of a command that runs where all of its folders are where they always are: on its own host. */
  inside(command: readonly string[]): readonly string[];
}

/** What its host has. */
export interface TestHost {
  /** A bridge: machines on it start as they are defined. */
  readonly bridge?: string;
  /** Whether it listens on the loopback of all, for clients with a certificate; its network is not its own then. */
  readonly tls?: boolean;
}

/** The settings of a daemon that listens with TLS (libvirtd.conf). */
function tlsSettings(certificates: string, port: number): string {
  return [
    "listen_tls = 1",
    'listen_addr = "127.0.0.1"',
    `tls_port = "${port}"`,
    `ca_file = "${certificates}/cacert.pem"`,
    `cert_file = "${certificates}/servercert.pem"`,
    `key_file = "${certificates}/serverkey.pem"`,
  ].join("\n") + "\n";
}

/** Starts libvirtd and virtlogd. */
export async function startLibvirt({ bridge = "", tls = false }: TestHost = {}): Promise<TestLibvirt> {
  await using started = new AsyncDisposableStack();
  const folder = started.use(await TempFolder.create());
  await Deno.chmod(folder.path, 0o755);
  for (const name of Object.keys(FOLDERS)) await Deno.mkdir(folder.file(name));
  await Deno.writeTextFile(folder.file("no-kvm"), "", { mode: 0o000 });
  // Guests with a /dev of their own would get the mounts above moved into it, which cannot be.
  await Deno.writeTextFile(folder.file("etc/qemu.conf"), "namespaces = []\n");
  const port = tls ? freePort() : 0;
  if (tls) {
    await makeCertificates(folder.file("pki"));
    await Deno.writeTextFile(folder.file("etc/libvirtd.conf"), tlsSettings(folder.file("pki"), port));
  }
  const { accelerator } = await probeAccelerator();
  const network = tls ? [] : ["unshare", "--net", "sh", "-e", "-c", NETWORK, "sh", bridge];
  const place = ["sh", "-e", "-c", PRIVATE, "sh", folder.path, accelerator === "kvm" ? "" : "hide"];
  for (const program of ["virtlogd", "libvirtd"]) {
    const pidFile = folder.file(`${program}.pid`);
    const daemon = [`/usr/sbin/${program}`, "--pid-file", pidFile, "--timeout", IDLE_SECONDS];
    if (tls && program === "libvirtd") daemon.push("--listen");
    const args = ["--mount", ...place, ...network, ...daemon];
    started.use(new ChildGroup("unshare", { args, stdin: "null", stdout: "null", stderr: "null" }));
  }
  const uri = `qemu+unix:///system?socket=${folder.file("run/libvirt-sock")}`;
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!answers(uri)) {
    if (Date.now() > deadline) throw new Error(`libvirtd does not listen after ${START_TIMEOUT_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const all = started.move();
  return {
    uri,
    tlsUri: `qemu+tls://127.0.0.1:${port}/system?pkipath=${folder.file("pki")}`,
    stateFolder: folder.file("lib"),
    logFolder: folder.file("log"),
    inside: (command) => {
      const pid = Deno.readTextFileSync(folder.file("libvirtd.pid")).trim();
      return ["nsenter", `--mount=/proc/${pid}/ns/mnt`, `--net=/proc/${pid}/ns/net`, "--", ...command];
    },
    leftovers: async () => [...domainNames(uri), ...await filesIn(folder.file("lib/qemu/nvram"))],
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function domainNames(uri: string): string[] {
  using connection = Connection.open(uri);
  return connection.listDomains().map((domain) => {
    using held = domain;
    return held.name();
  });
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function answers(uri: string): boolean {
  try {
    Connection.open(uri)[Symbol.dispose]();
    return true;
  } catch (error) {
    if (error instanceof VirtError) return false;
    throw error;
  }
}
