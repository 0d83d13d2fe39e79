/**
 * How many runs of virt-v2v the host bears at the same time.
 *
 * @module
 */

/** What one run takes: a core for its appliance, and the memory of that with what is around it. */
const BYTES_EACH = 2 * 1024 ** 3;

/** What the host has to give. */
export interface HostCapacity {
  /** Processors. */
  readonly cpus: number;
  /** Memory that nothing else uses, in bytes. */
  readonly availableBytes: number;
}

/** The smaller of the jobs and what the host bears, at least one. */
export function v2vConcurrency(jobs: number, host: HostCapacity = hostCapacity()): number {
  return Math.max(1, Math.min(jobs, host.cpus, Math.floor(host.availableBytes / BYTES_EACH)));
}

function hostCapacity(): HostCapacity {
  return { cpus: navigator.hardwareConcurrency, availableBytes: Deno.systemMemoryInfo().available };
}
