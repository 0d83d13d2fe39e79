/**
 * The outcome of the boot proof.
 *
 * @module
 */

/** What a booting guest passes, in order. */
export const MILESTONES = [
  "firmware",
  "bootloader",
  "kernel",
  "root-mounted",
  "init",
  "network",
  "login",
] as const;

/** One thing that a booting guest passes. */
export type Milestone = (typeof MILESTONES)[number];

/** A milestone that was reached. */
export interface ReachedMilestone {
  /** Which one. */
  readonly name: Milestone;
  /** Milliseconds since qemu started. */
  readonly atMs: number;
  /** The console line that shows it. */
  readonly evidence: string;
  /** Set when a later milestone shows it, as with a kernel that boots with `quiet`. */
  readonly implied?: true;
}

/** One line of the guest's fstab as the running guest sees it. */
export interface InsideMount {
  /** First field: device, UUID= or other. */
  readonly spec: string;
  /** Second field: mount point, `none` or `swap` for swap. */
  readonly target: string;
  /** Third field: filesystem type. */
  readonly fsType: string;
  /** Fourth field, split at commas. */
  readonly options: readonly string[];
  /** What is mounted there (for swap, what is in use), empty when nothing is. */
  readonly source: string;
}

/** One network interface of the running guest; the loopback interface is left out. */
export interface InsideInterface {
  /** Name, such as `ens192`. */
  readonly name: string;
  /** MAC address, lower case. */
  readonly mac: string;
  /** Global addresses in CIDR form. */
  readonly addresses: readonly string[];
  /** Kernel driver, empty for an interface without a device. */
  readonly driver: string;
  /** State as /sys/class/net/NAME/operstate has it. */
  readonly state: string;
}

/** What the running guest says of itself. */
export interface InsideView {
  /** Kernel release. */
  readonly kernel: string;
  /** Device of the root filesystem, such as `/dev/vda1`. */
  readonly rootSource: string;
  /** UUID of the root filesystem, empty when it has none. */
  readonly rootUuid: string;
  /** Driver of the controller that the root disk sits on, such as `virtio_blk`; empty when unknown. */
  readonly rootDriver: string;
  /** Lines of `findmnt --fstab --verify`; empty where findmnt cannot verify. */
  readonly fstabFindings: readonly string[];
  /** The lines of fstab and what became of them. */
  readonly mounts: readonly InsideMount[];
  /** Network interfaces. */
  readonly interfaces: readonly InsideInterface[];
  /** Units that failed. */
  readonly failedUnits: readonly string[];
  /** What `systemctl is-system-running` says: `running`, `degraded`, `starting` and so on. */
  readonly systemState: string;
  /** Seconds since the kernel started. */
  readonly uptimeSeconds: number;
}

/** One thing in the running guest that is not as it should be. */
export interface BootDifference {
  /** What: `kernel`, `root-driver`, `root-uuid`, `mount`, `interface`, `address`, `fstab` or `failed-unit`. */
  readonly name: string;
  /** A critical one fails the proof, a warning is for the report. */
  readonly severity: "critical" | "warning";
  /** What was expected. */
  readonly expected: string;
  /** What was found. */
  readonly found: string;
}

/** What the guest agent said. */
export interface AgentAnswers {
  /** Version of the agent. */
  readonly version: string;
  /** Name of the system, such as "Microsoft Windows Server 2019 Standard". */
  readonly system?: string;
  /** The guest's host name. */
  readonly hostname?: string;
  /** Network interfaces; the loopback interface is left out. */
  readonly interfaces: readonly {
    readonly name: string;
    readonly mac: string;
    readonly addresses: readonly string[];
  }[];
}

/** What the boot proof found. */
export interface BootProof {
  /** `unclear`: nothing shows failure, but the last milestone was not seen either. */
  readonly verdict: "booted" | "failed" | "unclear";
  /** One sentence: what was reached or what is missing. */
  readonly summary: string;
  /** Milestones in the order reached. */
  readonly reached: readonly ReachedMilestone[];
  /** First milestone that was not reached. */
  readonly missing?: Milestone;
  /** `kvm` or `tcg`. */
  readonly accelerator: "kvm" | "tcg";
  /** What ran the guest: qemu itself, or the libvirt of this URI. */
  readonly runner?: string;
  /** Milliseconds from the start of qemu to the verdict. */
  readonly elapsedMs: number;
  /** Serial console log on the host. */
  readonly serialLog?: string;
  /** Log of qemu on the host: how it was started, and what it said. */
  readonly qemuLog?: string;
  /** Screenshots on the host (PNG). */
  readonly screenshots: readonly string[];
  /** What the guest agent said, where one answered. */
  readonly agent?: AgentAnswers;
  /** Last lines of the console, for the report. */
  readonly consoleTail: readonly string[];
  /** What the guest says of itself, where it was asked. */
  readonly insideView?: InsideView;
  /** What is not as it should be in the running guest. */
  readonly differences?: readonly BootDifference[];
}
