/**
 * systemd units with the confinement that a job allows: systemd.service(5), systemd.exec(5), systemd.resource-control(5).
 *
 * @module
 */
import type { Needs } from "../confine/needs.ts";

/** What a service is confined to. */
export interface Service {
  /** One line. */
  readonly description: string;
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** `job`: it ends; `watch`: it runs until it is stopped. */
  readonly kind: "job" | "watch";
  /** What it reads, writes and reaches. */
  readonly needs: Needs;
  /** Port of this host that it serves numbers on. */
  readonly metricsPort?: number | undefined;
  /** The most memory, as systemd takes it. */
  readonly memoryMax: string;
  /** What is created below /var/lib, where no job says what is written. */
  readonly stateFolder?: string;
}

/** Places that are hidden from a service, so that what is needed there is bound into it. */
const HIDDEN = ["/home", "/root", "/run/user", "/tmp", "/var/tmp"] as const;

/** A service unit. */
export function serviceUnit(service: Service): string {
  const { description, command, kind, needs, memoryMax, stateFolder } = service;
  const isHidden = (path: string): boolean => HIDDEN.some((place) => path.startsWith(`${place}/`));
  const writes = [...needs.writes, ...needs.writtenFiles];
  const online = needs.network.length > 0;
  return unit({
    Unit: [
      `Description=${description}`,
      "Documentation=man:hyper2kvm(1)",
      `RequiresMountsFor=${words([...needs.reads, ...needs.writes])}`,
      ...online ? ["Wants=network-online.target", "After=network-online.target"] : [],
      ...needs.libvirtSocket === undefined ? [] : ["After=libvirtd.service virtqemud.service"],
    ],
    Service: [
      `Type=${kind === "job" ? "oneshot" : "exec"}`,
      // What is bound into the service must be there before.
      ...needs.writes.map((folder) => `ExecStartPre=+/bin/mkdir -p ${words([folder])}`),
      `ExecStart=${words(command)}`,
      ...kind === "job" ? [] : ["ExecReload=/bin/kill -HUP $MAINPID", "Restart=on-failure"],
      // The children are ended by the program, which then cleans up.
      ...["KillMode=mixed", "TimeoutStopSec=60"],
      "CacheDirectory=hyper2kvm",
      `StateDirectory=${stateFolder ?? ""}`,
      "Environment=HOME=%C/hyper2kvm XDG_CACHE_HOME=%C/hyper2kvm LIBGUESTFS_CACHEDIR=%C/hyper2kvm",
      // supermin unpacks archives as root, whose tar would give the files away: that takes a capability.
      "Environment=TAR_OPTIONS=--no-same-owner",
      ...[`MemoryMax=${memoryMax}`, "Nice=5", "IOSchedulingClass=idle"],
      `ReadWritePaths=${words(writes.filter((one) => !isHidden(one)))}`,
      // A source that is missing is for the program to say.
      `BindReadOnlyPaths=${words(needs.reads.filter(isHidden), "-")}`,
      `BindPaths=${words(writes.filter(isHidden))}`,
      ...confinement(service),
    ],
    Install: kind === "watch" ? ["WantedBy=multi-user.target"] : [],
  });
}

/** What every service is confined by, as far as its needs allow. */
function confinement({ needs, metricsPort }: Service): string[] {
  const isOnline = needs.network.length > 0;
  const hasNetwork = isOnline || metricsPort !== undefined;
  return [
    ...["ProtectSystem=strict", "ProtectHome=tmpfs", "PrivateTmp=yes", "PrivateMounts=yes"],
    "NoNewPrivileges=yes",
    // Sources and folders of any owner, within what is mounted above.
    "CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_DAC_OVERRIDE",
    `PrivateNetwork=${hasNetwork ? "no" : "yes"}`,
    `RestrictAddressFamilies=AF_UNIX${hasNetwork ? " AF_INET AF_INET6 AF_NETLINK" : ""}`,
    ...isOnline ? [] : ["IPAddressDeny=any"],
    ...isOnline || metricsPort === undefined ? [] : ["IPAddressAllow=localhost"],
    // PrivateDevices= would take /dev/kvm away; the policy lets in nothing else.
    "DevicePolicy=closed",
    ...needs.devices.map((device) => `DeviceAllow=${device} rw`),
    ...["ProtectClock=yes", "ProtectControlGroups=yes", "ProtectHostname=yes", "ProtectKernelLogs=yes"],
    // ProtectKernelModules= would hide /usr/lib/modules, of which the appliance is made; without CAP_SYS_MODULE and
    // the calls of @module nobody loads one.
    ...["ProtectKernelTunables=yes", "ProtectProc=invisible"],
    ...["LockPersonality=yes", "KeyringMode=private", "RemoveIPC=yes"],
    ...["RestrictNamespaces=yes", "RestrictRealtime=yes", "RestrictSUIDSGID=yes"],
    ...["SystemCallArchitectures=native", "SystemCallFilter=@system-service", "SystemCallErrorNumber=EPERM"],
  ];
}

/** A timer for a service of the same name. */
export function timerUnit(description: string, onCalendar: string): string {
  return unit({
    Unit: [`Description=${description}`, "Documentation=man:hyper2kvm(1)"],
    Timer: [`OnCalendar=${onCalendar}`, "Persistent=yes", "RandomizedDelaySec=300"],
    Install: ["WantedBy=timers.target"],
  });
}

/** Sections with their settings; an empty setting, and an empty section, is left out. */
function unit(sections: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(sections).filter(([, lines]) => lines.length > 0)
    .map(([name, lines]) => [`[${name}]`, ...lines.filter((line) => !line.endsWith("="))].join("\n"))
    .join("\n\n") + "\n";
}

/** Words of a command or of a list, each with the prefix. */
const words = (all: readonly string[], prefix = ""): string =>
  all.map((one) => word(`${prefix}${one}`)).join(" ");

/** A word of a command or of a list (systemd.syntax(7), systemd.service(5) on `%` and `$`). */
function word(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%").replaceAll(
    "$",
    "$$$$",
  );
  return /^[\w@%+=:,./$-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}
