/**
 * Preflight rule: without KVM the work is done by emulation, ten times slower.
 *
 * @module
 */
import type { Finding, PreflightRule } from "./rule.ts";

/** Warns when KVM cannot be used. */
export const accelerator: PreflightRule = {
  id: "host/no-kvm",
  check({ host }): Finding | null {
    if (host.accelerator === "kvm") return null;
    return {
      id: "host/no-kvm",
      severity: "warning",
      message: `KVM cannot be used (${host.acceleratorReason}): the guest is fixed and booted by emulation.`,
      hint: /may not be opened by this user/.test(host.acceleratorReason)
        ? "Everything works, only slower. Join the group kvm: usermod -aG kvm USER, and log in anew."
        : "Everything works, only slower. On bare metal, load kvm_intel or kvm_amd and join the kvm group.",
    };
  },
};
