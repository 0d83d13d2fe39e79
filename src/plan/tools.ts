/**
 * Preflight rule: the programs and libraries that this job needs are there.
 *
 * @module
 */
import type { HostFacts } from "./host.ts";
import type { Finding, PreflightRule } from "./rule.ts";

/** Names what is missing for a job, with the package that has it. */
export function missing(host: HostFacts, needsBoot: boolean): { name: string; package: string }[] {
  const wanted = [
    { name: "qemu-img", version: host.qemuImg, package: "qemu-utils" },
    { name: "libguestfs.so.0", version: host.libguestfs, package: "libguestfs0" },
    ...(needsBoot ? [{ name: "qemu-system-x86_64", version: host.qemu, package: "qemu-system-x86" }] : []),
  ];
  return wanted.filter((one) => one.version === null);
}

/** Stops when something is missing. */
export const tools: PreflightRule = {
  id: "host/missing-tool",
  check({ host, job }): Finding | null {
    const gone = missing(host, job.boot_proof);
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
