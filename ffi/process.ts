/**
 * Child processes that a C library has started: Deno does not know them, and its own means (/proc, Deno.kill)
 * ask for permissions beyond those that loading the library needed.
 *
 * @module
 */

/** wait.h and signal.h of Linux. */
const P_PID = 1;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x01000000;
const SIGKILL = 9;
/** sizeof (siginfo_t) */
const SIGINFO_BYTES = 128;

const SYMBOLS = {
  /** int waitid (idtype_t idtype, id_t id, siginfo_t *infop, int options) */
  waitid: { parameters: ["i32", "u32", "buffer", "i32"], result: "i32" },
  /** int kill (pid_t pid, int sig) */
  kill: { parameters: ["i32", "i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Whether a process is a running child of this one. A child stays one until it has been waited for. */
export function isRunningChild(pid: number): boolean {
  const libc = Deno.dlopen("libc.so.6", SYMBOLS);
  try {
    return isRunning(libc.symbols, pid);
  } finally {
    libc.close();
  }
}

/** Ends a child of this process at once; returns whether it was one. */
export function killChild(pid: number): boolean {
  const libc = Deno.dlopen("libc.so.6", SYMBOLS);
  try {
    return isRunning(libc.symbols, pid) && libc.symbols.kill(pid, SIGKILL) === 0;
  } finally {
    libc.close();
  }
}

function isRunning(libc: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"], pid: number): boolean {
  const info = new Uint8Array(SIGINFO_BYTES);
  const found = libc.waitid(P_PID, pid, info, WNOHANG | WEXITED | WNOWAIT) === 0;
  // si_signo stays 0 as long as there is nothing to wait for.
  return found && new DataView(info.buffer).getInt32(0, true) === 0;
}
