/**
 * Runs one command and writes what it cost: `measure.ts RESULT.json PROGRAM ARGS…`. A process of its own for
 * each command, so that the kernel's totals for waited-for children are those of this command alone.
 *
 * Linux adds the CPU time (getrusage(2), RUSAGE_CHILDREN) and the I/O counts (/proc/PID/io) of a process to
 * those of the parent that waits for it. As a subreaper (prctl(2)) this process also becomes the parent of
 * daemons whose starter has ended, so the totals cover the whole tree.
 *
 * @module
 */
import { processTree, residentBytes, statusBytes } from "./proc.ts";
import type { Cost } from "./cost.ts";

const PR_SET_CHILD_SUBREAPER = 36;
const RUSAGE_CHILDREN = -1;
const WNOHANG = 1;
/** How long daemons of the command may outlive it before they are left uncounted. */
const ORPHAN_LIMIT_MS = 15_000;

const LIBC = {
  /** int prctl(int option, unsigned long arg2) */
  prctl: { parameters: ["i32", "u64"], result: "i32" },
  /** pid_t waitpid(pid_t pid, int *status, int options) */
  waitpid: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  /** int getrusage(int who, struct rusage *usage) */
  getrusage: { parameters: ["i32", "buffer"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

type Libc = Deno.DynamicLibrary<typeof LIBC>["symbols"];

/** User and system time of the children that were waited for, in milliseconds; struct rusage, 64-bit. */
function childCpuMs(libc: Libc): number {
  const usage = new BigInt64Array(18);
  libc.getrusage(RUSAGE_CHILDREN, usage);
  const [userS = 0n, userUs = 0n, systemS = 0n, systemUs = 0n] = usage;
  return Number(userS + systemS) * 1000 + Number(userUs + systemUs) / 1000;
}

async function ioCount(name: string): Promise<number> {
  const io = await Deno.readTextFile("/proc/self/io");
  return Number(new RegExp(`^${name}: (\\d+)`, "m").exec(io)?.[1] ?? 0);
}

/** Waits for adopted processes; returns how many were still running at the limit. */
async function reapOrphans(libc: Libc): Promise<number> {
  const endsAt = performance.now() + ORPHAN_LIMIT_MS;
  const status = new Int32Array(1);
  for (;;) {
    const pid = libc.waitpid(-1, status, WNOHANG);
    if (pid < 0) return 0; // ECHILD: nobody is left
    if (pid === 0) {
      if (performance.now() > endsAt) return (await processTree(Deno.pid)).length - 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Follows the memory of a process and of its tree until stopped. */
function watchMemory(pid: number): { stop(): Promise<{ own: number; tree: number }> } {
  let running = true;
  let own = 0;
  let tree = 0;
  const loop = (async () => {
    for (let tick = 0; running; tick++) {
      own = Math.max(own, await statusBytes(pid, "VmHWM"));
      if (tick % 5 === 0) {
        const sizes = await Promise.all((await processTree(pid)).map(residentBytes));
        tree = Math.max(tree, sizes.reduce((sum, size) => sum + size, 0));
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return {
    async stop(): Promise<{ own: number; tree: number }> {
      running = false;
      await loop;
      return { own, tree };
    },
  };
}

async function measure(program: string, args: readonly string[]): Promise<Cost> {
  const libc = Deno.dlopen("libc.so.6", LIBC).symbols;
  libc.prctl(PR_SET_CHILD_SUBREAPER, 1n);
  const before = { written: await ioCount("write_bytes"), cancelled: await ioCount("cancelled_write_bytes") };
  const startedAt = performance.now();
  const child = new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  })
    .spawn();
  const memory = watchMemory(child.pid);
  const { code } = await child.status;
  const wallMs = performance.now() - startedAt;
  const peak = await memory.stop();
  const orphans = await reapOrphans(libc);
  return {
    status: code,
    wallMs,
    cpuMs: childCpuMs(libc),
    peakOwnBytes: peak.own,
    peakTreeBytes: peak.tree,
    writtenBytes: await ioCount("write_bytes") - before.written,
    cancelledBytes: await ioCount("cancelled_write_bytes") - before.cancelled,
    uncountedProcesses: orphans,
  };
}

if (import.meta.main) {
  const [result, program, ...args] = Deno.args;
  if (result === undefined || program === undefined) Deno.exit(2);
  await Deno.writeTextFile(result, JSON.stringify(await measure(program, args)));
}
