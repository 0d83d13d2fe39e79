/**
 * A libvirt daemon for `qemu:///system`: the one that runs, or one that is started for the test and ended
 * with it.
 *
 * @module
 */
import { Connection, VirtError } from "../../ffi/libvirt/mod.ts";
import { ChildGroup } from "../../src/run/command.ts";
import { probeAccelerator } from "../../src/verify/kvm_probe.ts";
import { TempFolder } from "./temp.ts";
import "./virt.ts"; // opens the library before any test, for whose leak it would be taken

/** The URI that the daemon serves. */
export const SYSTEM_URI = "qemu:///system";

/** What a test with the daemon needs. */
export const DAEMON_NEEDS = {
  libraries: ["libvirt.so.0"],
  programs: ["/usr/sbin/libvirtd", "/usr/sbin/virtlogd", "qemu-system-x86_64", "qemu-img", "unshare"],
  root: true,
};

/** A daemon that nobody uses for so long ends by itself, should the test be killed. */
const IDLE_SECONDS = "60";

/**
 * Hides a KVM that does not work, in the mount namespace of one daemon. Where libvirt's own checks of it
 * contradict each other, it starts QEMU anew for each question, which takes minutes.
 */
const WITHOUT_KVM = ["sh", "-c", '[ ! -e /dev/kvm ] || mount --bind /dev/null /dev/kvm; exec "$@"', "sh"];

/** How long a daemon may take to listen, in milliseconds. */
const START_TIMEOUT_MS = 20_000;

/** Starts libvirtd and virtlogd when none answers; dispose of the result. */
export async function startLibvirt(): Promise<AsyncDisposable> {
  await using started = new AsyncDisposableStack();
  if (answers()) return started.move();
  const folder = started.use(await TempFolder.create());
  const { accelerator } = await probeAccelerator();
  for (const program of ["virtlogd", "libvirtd"]) {
    const pidFile = folder.file(`${program}.pid`);
    const daemon = [`/usr/sbin/${program}`, "--pid-file", pidFile, "--timeout", IDLE_SECONDS];
    const args = accelerator === "kvm" ? ["--", ...daemon] : ["--mount", ...WITHOUT_KVM, ...daemon];
    started.use(new ChildGroup("unshare", { args, stdin: "null", stdout: "null", stderr: "null" }));
  }
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!answers()) {
    if (Date.now() > deadline) throw new Error(`libvirtd does not listen after ${START_TIMEOUT_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return started.move();
}

function answers(): boolean {
  try {
    Connection.open(SYSTEM_URI)[Symbol.dispose]();
    return true;
  } catch (error) {
    if (error instanceof VirtError) return false;
    throw error;
  }
}
