/**
 * Preflight rule: the programs and libraries that this job needs are there.
 *
 * @module
 */
import type { Job } from "../config/schema.ts";
import type { HostFacts } from "./host.ts";
import type { Finding, PreflightRule } from "./rule.ts";

/** Names what is missing for a job, with the package that has it. */
export function missing(
  host: HostFacts,
  job: Pick<Job, "boot_proof" | "compress_level">,
): { name: string; package: string }[] {
  const wanted = [
    { name: "qemu-img", version: host.qemuImg, package: "qemu-utils" },
    { name: "libguestfs.so.0", version: host.libguestfs, package: "libguestfs0" },
    ...(job.boot_proof
      ? [{ name: "qemu-system-x86_64", version: host.qemu, package: "qemu-system-x86" }]
      : []),
    ...(job.compress_level === undefined
      ? []
      : [{ name: "nbdcopy", version: host.nbdcopy, package: "libnbd-bin" }]),
  ];
  return wanted.filter((one) => one.version === null);
}

/** Stops when something is missing. */
export const tools: PreflightRule = {
  id: "host/missing-tool",
  check({ host, job }): Finding | null {
    const gone = missing(host, job);
    const [first] = gone;
    if (first === undefined) return null;
    const isLibrary = first.name.includes(".so");
    return {
      id: "host/missing-tool",
      severity: "critical",
      code: isLibrary ? "library/missing" : "tool/missing",
      message: `Cannot convert: ${gone.map((one) => one.name).join(" and ")} cannot be found.`,
      hint: `Install: apt-get install ${gone.map((one) => one.package).join(" ")}` +
        (host.libguestfsReason === undefined ? "" : ` (${host.libguestfsReason})`),
    };
  },
};
