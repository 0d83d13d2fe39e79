/**
 * What `hyper2kvm doctor` prints: everything that a conversion can need, whether it is there, and what to
 * install when it is not.
 *
 * @module
 */
import { libraryVersion as libvirtVersion, LibvirtMissingError } from "../../ffi/libvirt/mod.ts";
import { type HostFacts, readHost, toolVersion } from "./host.ts";

/** One thing looked at. */
export interface DoctorCheck {
  /** Its name. */
  readonly name: string;
  /** Whether it is usable; an optional thing that is missing is not a fault. */
  readonly ok: boolean;
  /** Whether conversions work without it. */
  readonly optional: boolean;
  /** Its version. */
  readonly version?: string;
  /** What it is for, or what is wrong. */
  readonly detail: string;
  /** What to do. */
  readonly hint?: string;
}

/** The whole answer. */
export interface DoctorReport {
  /** True when nothing that a conversion needs is missing. */
  readonly ok: boolean;
  /** In the order of importance. */
  readonly checks: readonly DoctorCheck[];
}

/** Looks at the host; three seconds at most. */
export async function doctor(signal?: AbortSignal): Promise<DoctorReport> {
  const [host, virtV2v] = await Promise.all([
    readHost(signal, { afresh: true }),
    toolVersion("virt-v2v", signal),
  ]);
  const checks = [
    item("qemu-img", host.qemuImg, "reads and writes disk images", "qemu-utils"),
    item(
      "nbdcopy",
      host.nbdcopy,
      "hashes raw disks on the way, and compresses by a level",
      "libnbd-bin",
      true,
    ),
    libguestfs(host),
    item("qemu-system-x86_64", host.qemu, "boots the guest for the boot proof", "qemu-system-x86"),
    kvm(host),
    item("libvirt.so.0", installedLibvirt(), "defines the machine (--define)", "libvirt0", true),
    item("virt-v2v", virtV2v, "the other converter (--use-v2v)", "virt-v2v", true),
  ];
  return { ok: checks.every((check) => check.ok || check.optional), checks };
}

function installedLibvirt(): string | null {
  try {
    return libvirtVersion();
  } catch (error) {
    if (error instanceof LibvirtMissingError) return null;
    throw error;
  }
}

function item(
  name: string,
  version: string | null,
  use: string,
  from: string,
  optional = false,
): DoctorCheck {
  if (version !== null) return { name, ok: true, optional, version, detail: use };
  const detail = `not found; it ${use}`;
  return { name, ok: false, optional, detail, hint: `apt-get install ${from}` };
}

function libguestfs(host: HostFacts): DoctorCheck {
  const check = item("libguestfs.so.0", host.libguestfs, "opens the guest's disks", "libguestfs0");
  return host.libguestfsReason === undefined ? check : { ...check, detail: host.libguestfsReason };
}

function kvm(host: HostFacts): DoctorCheck {
  const ok = host.accelerator === "kvm";
  const check = { name: "KVM", ok, optional: true, detail: host.acceleratorReason };
  return ok
    ? check
    : { ...check, hint: "Conversions work without it, by emulation, about ten times slower." };
}
