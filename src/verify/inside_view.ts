/**
 * What is put into the throw-away overlay so that the guest tells how it sees itself: a systemd unit and a
 * shell script that writes one JSON object to a virtio port. Needs sh, coreutils, sed and findmnt in the
 * guest, `ip` for addresses, and no network.
 *
 * @module
 */
import { VIEW_PORT } from "./qemu_args.ts";

/** A file to create in the overlay. */
export interface InsideFile {
  /** Absolute path in the guest; its folder may have to be made. */
  readonly path: string;
  /** Content. */
  readonly text: string;
  /** Permission bits. */
  readonly mode: number;
}

/** What the script waits for. */
export interface InsideViewOptions {
  /** MAC addresses of interfaces that must have an address, waited for up to 20 s after the start is done. */
  readonly addressedMacs?: readonly string[];
}

const SCRIPT_PATH = "/etc/hyper2kvm-proof.sh";
const UNIT = "hyper2kvm-proof.service";

/** The files that make a systemd guest report; only for a throw-away overlay. */
export function insideViewFiles(options: InsideViewOptions = {}): InsideFile[] {
  return [
    { path: SCRIPT_PATH, text: script(options.addressedMacs ?? []), mode: 0o755 },
    { path: `/etc/systemd/system/${UNIT}`, text: unit(), mode: 0o644 },
    // A drop-in needs no link, unlike multi-user.target.wants.
    {
      path: "/etc/systemd/system/multi-user.target.d/50-hyper2kvm-proof.conf",
      text: `[Unit]\nWants=${UNIT}\n`,
      mode: 0o644,
    },
  ];
}

/** Type=simple: a oneshot would be a start job itself, and the system "starting" for as long as it waits. */
function unit(): string {
  return `[Unit]
Description=hyper2kvm boot proof
After=local-fs.target

[Service]
Type=simple
ExecStart=/bin/sh ${SCRIPT_PATH}
StandardInput=null
`;
}

function script(macs: readonly string[]): string {
  const wanted = macs.map((mac) => mac.toLowerCase()).filter((mac) => /^[0-9a-f:]{17}$/.test(mac)).join(" ");
  return `#!/bin/sh
# Written by hyper2kvm into a throw-away overlay: tells the host, in one line of JSON, how the guest sees itself.
PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
export PATH LC_ALL
wanted_macs='${wanted}'
${QUOTE_SH}${WAIT_SH}${ROOT_SH}${MOUNTS_SH}${NETWORK_SH}${REPORT_SH}
modprobe -q virtio_console 2>/dev/null
wait_for_start
wait_for_addresses
line=$(report)
# Only now: early in the start udev may not have made the link of the port yet.
port=/dev/virtio-ports/${VIEW_PORT}
[ -c "$port" ] || port=/dev/ttyS1
printf '%s\\n' "$line" > "$port"
`;
}

const QUOTE_SH = `
# A JSON string; control characters become spaces.
quote() {
  printf '"%s"' "$(printf '%s' "$1" | tr '\\001-\\037\\177' ' ' | sed 's/[\\\\"]/\\\\&/g')"
}
# Standard input as a JSON array of strings, one a line.
quote_lines() {
  sep=''
  printf '['
  while IFS= read -r item || [ -n "$item" ]; do printf '%s' "$sep"; quote "$item"; sep=','; done
  printf ']'
}
`;

const WAIT_SH = `
wait_for_start() {
  tries=0
  while [ $tries -lt 60 ]; do
    case $(systemctl is-system-running 2>/dev/null) in
      initializing | starting) sleep 1 ;;
      *) return ;;
    esac
    tries=$((tries + 1))
  done
}
# Addresses of one interface, one a line.
addresses_of() {
  ip -o addr show dev "$1" scope global 2>/dev/null | while read -r _ _ family address _; do
    case $family in inet | inet6) printf '%s\\n' "$address" ;; esac
  done
}
wait_for_addresses() {
  for mac in $wanted_macs; do
    tries=0
    while [ $tries -lt 20 ]; do
      for path in /sys/class/net/*; do
        [ -r "$path/address" ] || continue
        read -r found < "$path/address" || continue
        [ "$found" = "$mac" ] && [ -n "$(addresses_of "\${path##*/}")" ] && break 2
      done
      tries=$((tries + 1))
      sleep 1
    done
  done
}
`;

const ROOT_SH = `
# Driver of the controller below a block device: down through device-mapper and RAID, then up past the disk.
driver_of() {
  name=$(basename "$(readlink -f "$1")")
  while :; do
    below=''
    for slave in "/sys/class/block/$name/slaves/"*; do [ -e "$slave" ] && below=\${slave##*/} && break; done
    [ -n "$below" ] || break
    name=$below
  done
  path=$(readlink -f "/sys/class/block/$name")
  while [ -n "$path" ] && [ "$path" != /sys ] && [ "$path" != / ]; do
    if [ -e "$path/driver" ]; then
      driver=$(basename "$(readlink -f "$path/driver")")
      case $driver in sd | sr) ;; *) printf '%s' "$driver"; return ;; esac
    fi
    path=\${path%/*}
  done
}
`;

const MOUNTS_SH = `
# What a line of fstab became: the mounted source, or the swap device in use.
state_of() {
  if [ "$2" != swap ]; then
    findmnt -n -o SOURCE --mountpoint "$1" 2>/dev/null | tail -n 1
    return
  fi
  case $3 in
    UUID=*) device=/dev/disk/by-uuid/\${3#UUID=} ;;
    LABEL=*) device=/dev/disk/by-label/\${3#LABEL=} ;;
    PARTUUID=*) device=/dev/disk/by-partuuid/\${3#PARTUUID=} ;;
    *) device=$3 ;;
  esac
  device=$(readlink -f "$device")
  while read -r active _; do
    [ "$active" = "$device" ] && printf '%s' "$active"
  done < /proc/swaps
}
mounts() {
  [ -r /etc/fstab ] || return
  sep=''
  while read -r spec target type options _ || [ -n "$spec" ]; do
    case $spec in '' | '#'*) spec=''; continue ;; esac
    target=$(printf '%s' "$target" | sed 's/\\\\040/ /g')
    printf '%s{"spec":' "$sep"; quote "$spec"
    printf ',"target":'; quote "$target"
    printf ',"fsType":'; quote "$type"
    printf ',"options":'; quote "$options"
    printf ',"source":'; quote "$(state_of "$target" "$type" "$spec")"
    printf '}'
    sep=','; spec=''
  done < /etc/fstab
}
fstab_findings() {
  case $(findmnt --help 2>&1) in
    *--verify*) findmnt --fstab --verify 2>&1 | quote_lines ;;
    *) printf '[]' ;;
  esac
}
`;

const NETWORK_SH = `
interfaces() {
  comma=''
  for path in /sys/class/net/*; do
    name=\${path##*/}
    [ -d "$path" ] && [ "$name" != lo ] || continue
    mac='' state='' driver=''
    [ -r "$path/address" ] && read -r mac < "$path/address"
    [ -r "$path/operstate" ] && read -r state < "$path/operstate"
    [ -e "$path/device/driver" ] && driver=$(basename "$(readlink -f "$path/device/driver")")
    printf '%s{"name":' "$comma"; quote "$name"
    printf ',"mac":'; quote "$mac"
    printf ',"driver":'; quote "$driver"
    printf ',"state":'; quote "$state"
    printf ',"addresses":'; addresses_of "$name" | quote_lines
    printf '}'
    comma=','
  done
}
`;

const REPORT_SH = `
failed_units() {
  systemctl list-units --failed --plain --no-legend --full 2>/dev/null |
    while read -r name _; do printf '%s\\n' "$name"; done | quote_lines
}
report() {
  source=$(findmnt -n -o SOURCE / | tail -n 1)
  source=\${source%%'['*}
  read -r uptime _ < /proc/uptime
  printf '{"kernel":'; quote "$(uname -r)"
  printf ',"rootSource":'; quote "$source"
  printf ',"rootUuid":'; quote "$(findmnt -n -o UUID / | tail -n 1)"
  printf ',"rootDriver":'; quote "$(driver_of "$source")"
  printf ',"fstabFindings":'; fstab_findings
  printf ',"mounts":['; mounts
  printf '],"interfaces":['; interfaces
  printf '],"failedUnits":'; failed_units
  printf ',"systemState":'; quote "$(systemctl is-system-running 2>/dev/null)"
  printf ',"uptimeSeconds":%s}' "$uptime"
}
`;
