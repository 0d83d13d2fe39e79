/**
 * What `hyper2kvm doctor` prints: everything that a conversion can need, whether it is there, and what to
 * install when it is not.
 *
 * @module
 */
import { libraryVersion as libvirtVersion, LibvirtMissingError } from "../../ffi/libvirt/mod.ts";
import { kernelHint } from "./appliance_kernel.ts";
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

/** Looks at the host; takes as long as the KVM probe. */
export async function doctor(signal?: AbortSignal): Promise<DoctorReport> {
  const optional = (name: string): Promise<string | null> => toolVersion(name, signal);
  const [host, virtV2v, bubblewrap] = await Promise.all([
    readHost(signal, { afresh: true }),
    optional("virt-v2v"),
    optional("bwrap"),
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
    ...kernel(host),
    kvm(host),
    item("libvirt.so.0", installedLibvirt(), "defines the machine (--define)", "libvirt0", true),
    item("virt-v2v", virtV2v, "the other converter (--use-v2v)", "virt-v2v", true),
    item("bwrap", bubblewrap, "confines a run (sandbox)", "bubblewrap", true),
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

function kernel({ kernel }: HostFacts): DoctorCheck[] {
  if (kernel === undefined) return [];
  const check = { name: "kernel", ok: kernel.kind === "readable", optional: false };
  if (kernel.kind === "unreadable") {
    return [{
      ...check,
      detail: `${kernel.path} may not be read by this user`,
      hint: kernelHint(kernel.path),
    }];
  }
  if (check.ok) return [{ ...check, detail: "libguestfs builds its appliance from it" }];
  // supermin may know of another place.
  const hint = "apt-get install linux-image-cloud-amd64 (linux-image-virtual on Ubuntu)";
  return [{ ...check, optional: true, detail: "none found with its modules; libguestfs needs one", hint }];
}

function kvm(host: HostFacts): DoctorCheck {
  const ok = host.accelerator === "kvm";
  const check = { name: "KVM", ok, optional: true, detail: host.acceleratorReason };
  if (ok) return check;
  const slower = "Conversions work without it, by emulation, about ten times slower.";
  const isClosed = host.acceleratorReason.includes("may not be opened by this user");
  return { ...check, hint: isClosed ? `${slower} Join the group kvm: usermod -aG kvm USER.` : slower };
}
