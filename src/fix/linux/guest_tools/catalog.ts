/**
 * The guest tools of other hypervisors, as data: how they are found, and what belongs to them. Names are
 * those of the packages of Debian, Ubuntu, Fedora, RHEL, SUSE and Arch, and of the vendors' own installers.
 *
 * @module
 */

/** The tools of one hypervisor. */
export interface GuestTools {
  /** Name for people. */
  readonly name: string;
  /** Its packages. */
  readonly packages: RegExp;
  /** The same packages as glob patterns, for a package manager that only the running guest can ask. */
  readonly patterns: readonly string[];
  /** Units and init scripts, without `.service`. */
  readonly services: readonly string[];
  /** Kernel modules that are of no use elsewhere. */
  readonly modules: RegExp;
  /** Files that show an installation without a package, or one whose package list cannot be read here. */
  readonly programs: readonly string[];
  /** The vendor's own removal: the program as a path with `*`, and its arguments. */
  readonly uninstaller?: readonly [path: string, ...args: string[]];
}

/** Every product that is known. */
export const GUEST_TOOLS: readonly GuestTools[] = [
  {
    name: "VMware",
    packages: /^(open-vm-tools|vmware-tools|vmware-open-vm-tools|VMwareTools|libvmtools\d*)(-.*)?$/,
    patterns: ["open-vm-tools*", "vmware-tools*", "vmware-open-vm-tools*", "VMwareTools*", "libvmtools*"],
    services: [
      "open-vm-tools",
      "vmtoolsd",
      "vgauth",
      "vgauthd",
      "vmware-tools",
      "vmware-tools-services",
      "vmware-tools-thinprint",
      "vmblock-fuse",
      "run-vmblock\\x2dfuse.mount",
      "vmware-vmblock-fuse",
    ],
    modules: /^(vmw_(balloon|vmci|vsock_vmci_transport)|vmci|vmhgfs|vmblock|vmmemctl|vmsync|vmxnet\d*)$/,
    programs: ["/usr/bin/vmtoolsd", "/usr/sbin/vmtoolsd", "/usr/bin/vmware-uninstall-tools.pl"],
    uninstaller: ["/usr/bin/vmware-uninstall-tools.pl"],
  },
  {
    name: "VirtualBox",
    packages: /^virtualbox-(ose-)?guest-(utils|x11|dkms|source|additions|tools|modules|kmp)(-.*)?$/,
    patterns: ["virtualbox-guest-*", "virtualbox-ose-guest-*"],
    services: [
      "vboxadd",
      "vboxadd-service",
      "vboxadd-x11",
      "vboxservice",
      "virtualbox-guest-utils",
      "vboxdrv",
    ],
    modules: /^(vboxguest|vboxsf|vboxvideo)$/,
    programs: ["/usr/sbin/VBoxService", "/usr/bin/VBoxService"],
    uninstaller: ["/opt/VBoxGuestAdditions-*/uninstall.sh"],
  },
  {
    name: "Hyper-V",
    packages: /^(hyperv-daemons|hyperv-tools|hypervkvpd|hypervvssd|hypervfcopyd)(-.*)?$/,
    patterns: ["hyperv-*", "hypervkvpd*", "hypervvssd*", "hypervfcopyd*"],
    services: [
      ...["hypervkvpd", "hypervvssd", "hypervfcopyd"],
      ...["hyperv-daemons.hv-kvp-daemon", "hyperv-daemons.hv-vss-daemon", "hyperv-daemons.hv-fcopy-daemon"],
      ...["hv-kvp-daemon", "hv-vss-daemon", "hv-fcopy-daemon", "hv_kvp_daemon", "hv_vss_daemon"],
      "hv_fcopy_daemon",
    ],
    modules: /^hv_(balloon|utils|storvsc|netvsc|vmbus)$/,
    programs: ["/usr/sbin/hypervkvpd", "/usr/sbin/hv_kvp_daemon"],
  },
  {
    name: "Parallels",
    packages: /^parallels-(guest-)?tools(-.*)?$/,
    patterns: ["parallels-tools*", "parallels-guest-tools*"],
    services: ["prltoolsd", "prl-x11", "prltools_updater", "prlshprint"],
    modules: /^prl_(tg|fs|fs_freeze|eth|vid|notifier)$/,
    programs: ["/usr/bin/prltoolsd", "/usr/sbin/prltoolsd"],
  },
];

/** The file name of a service's unit. */
export function unitName(service: string): string {
  return /\.(service|mount)$/.test(service) ? service : `${service}.service`;
}
