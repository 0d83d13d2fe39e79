/**
 * What names a process for ever: its id and when it started. A sandbox has process ids of its own, so that the program
 * in it is named by the one outside that started it and ends it.
 *
 * @module
 */

/** Variable that a sandbox sets, see {@linkcode SandboxFacts}. */
export const SANDBOX_VARIABLE = "HYPER2KVM_SANDBOX";

/** A process. */
export interface ProcessIdentity {
  /** Process id. */
  readonly pid: number;
  /** When it started, as {@linkcode startTicks} gives it. */
  readonly ticks: string;
}

/** What the program outside tells the one in the sandbox. */
export interface SandboxFacts extends ProcessIdentity {
  /** What the probe of KVM found outside. */
  readonly accelerator: "kvm" | "tcg";
  /** Why, one phrase. */
  readonly acceleratorReason: string;
}

/** What was told; null outside of a sandbox. */
export function sandboxFacts(): SandboxFacts | null {
  const text = Deno.env.get(SANDBOX_VARIABLE);
  return text === undefined || text === "" ? null : JSON.parse(text) as SandboxFacts;
}

/** This process. */
export async function thisProcess(): Promise<ProcessIdentity> {
  const { pid, ticks } = sandboxFacts() ?? { pid: Deno.pid, ticks: await startTicks(Deno.pid) };
  return { pid, ticks };
}

/** Whether a process still runs. One that cannot be seen from a sandbox counts as running. */
export async function isRunning({ pid, ticks }: ProcessIdentity): Promise<boolean> {
  return sandboxFacts() !== null || await startTicks(pid) === ticks;
}

/**
 * When a process started, in clock ticks since boot: field 22 of /proc/PID/stat (proc(5)). Together with the
 * pid it names a process for ever. Empty when there is no such process.
 */
export async function startTicks(pid: number): Promise<string> {
  try {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    // The second field is the name in parentheses and may hold spaces.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
