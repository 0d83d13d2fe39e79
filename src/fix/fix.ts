/**
 * What a fix is: it looks at a guest and says what it would change. Applying is the same for every fix
 * (`apply.ts`), so that `plan` and `convert` cannot differ.
 *
 * @module
 */
import type { Change, LeftAlone } from "../model/change.ts";
import type { Concern } from "../model/concern.ts";
import type { Guest } from "../model/guest.ts";
import type { Nic } from "../model/source.ts";
import type { CloudInit } from "./linux/cloud_seed.ts";
import type { FirstBootScript } from "./linux/first_boot_scripts.ts";
import type { FstabMode } from "./linux/fstab.ts";
import type { GuestFiles } from "../guest/files.ts";

/** The options that fixes follow. */
export interface FixOptions {
  /** Which lines of /etc/fstab are rewritten. */
  readonly fstabMode: FstabMode;
  /** How the initramfs gets its drivers. */
  readonly initramfs: "augment" | "rebuild" | "off";
  /** Whether another program makes the initramfs anew when the fixes are done. */
  readonly initramfsMadeAnew?: boolean;
  /** What becomes of names and addresses: kept, addresses from DHCP, or names given anew by the guest. */
  readonly networkPolicy: "keep" | "dhcp" | "rename";
  /** Whether the originals of edited files stay in the guest as `FILE.hyper2kvm-orig`. */
  readonly backup: boolean;
  /** Whether the tools of the old hypervisor are removed. */
  readonly removeTools: boolean;
  /** Whether the guest installs qemu-guest-agent at its first boot. */
  readonly installGuestAgent: boolean;
  /** Whether the guest makes a new machine id at its first boot. */
  readonly resetMachineId: boolean;
  /** Scripts that the guest runs at its first boot. */
  readonly firstBoot: readonly FirstBootScript[];
  /** Data for cloud-init; null for none. */
  readonly cloudInit: CloudInit | null;
  /** When the guest does what only its own programs can do (default: `first-boot`); `now` where it runs. */
  readonly tasks?: "first-boot" | "now";
}

/** What a fix may look at while it plans. */
export interface FixContext {
  /** The guest as inspection found it. */
  readonly guest: Guest;
  /** The guest's files with the changes of the fixes before this one. */
  readonly files: GuestFiles;
  /** The network cards that the KVM machine will have. */
  readonly nics: readonly Nic[];
  /** Options of the run. */
  readonly options: FixOptions;
  /** A folder on the host for files that a change carries. */
  readonly workDir: string;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
}

/** What a fix wants done. */
export interface FixPlan {
  /** Changes in the order to make them. */
  readonly changes: readonly Change[];
  /** What was looked at and is right as it is, or cannot be changed. */
  readonly leftAlone: readonly LeftAlone[];
  /** What a person should know. */
  readonly concerns: readonly Concern[];
}

/** One guest fix. Planning twice, with the changes made in between, must plan nothing the second time. */
export interface Fix {
  /** Stable name, such as `fstab`. */
  readonly id: string;
  /** What it does, one phrase for the report. */
  readonly title: string;
  /** Whether it has anything to do with this guest. */
  applies(guest: Guest): boolean;
  /** Says what to change; writes nothing in the guest. */
  plan(context: FixContext): Promise<FixPlan>;
}
