/**
 * The commands by which a guest removes the tools of another hypervisor at its first boot. They need no
 * network: dpkg, rpm and pacman remove packages by themselves.
 *
 * @module
 */
import { UNIT_FOLDER } from "../first_boot.ts";
import type { InstalledTools, PackageManager } from "./installed.ts";

/** How long a package database that another program holds is waited for: tries, five seconds each. */
const LOCK_TRIES = 60;
/** How often a removal that fails for another reason is tried: a package's script may have met a busy systemd. */
const TRIES = 3;

/** Commands that remove the tools; null when neither a package manager nor the vendor's program can. */
export function removalCommands(
  found: readonly InstalledTools[],
  manager: PackageManager | null,
  masked: readonly string[],
): string | null {
  const steps = [...packageStep(found, manager), ...found.flatMap(uninstallStep)];
  return steps.length === 0 ? null : [...steps, ...unmaskStep(masked)].join("\n");
}

function packageStep(found: readonly InstalledTools[], manager: PackageManager | null): string[] {
  const packages = found.flatMap((one) => one.packages);
  if (manager === "rpm") {
    const patterns = found.flatMap(({ tools }) => tools.patterns).map(quote).join(" ");
    return [
      `packages=$(rpm -qa --qf '%{NAME}\\n' ${patterns})`,
      `if [ -n "$packages" ]; then`,
      `  say "removing" $packages`,
      "  rpm -e $packages || return 1",
      "fi",
    ];
  }
  if (packages.length === 0 || manager === null) return [];
  const names = packages.map(quote).join(" ");
  if (manager === "pacman") return [`say removing ${names}`, `pacman -R --noconfirm ${names} || return 1`];
  return [
    `say removing ${names}`,
    "tries=0",
    `while ! output=$(dpkg --purge ${names} 2>&1 </dev/null); do`,
    `  echo "$output"`,
    `  case $output in *"locked by another process"*) limit=${LOCK_TRIES} ;; *) limit=${TRIES} ;; esac`,
    "  tries=$((tries + 1))",
    "  [ $tries -lt $limit ] || return 1",
    "  sleep 5",
    "done",
    `echo "$output"`,
  ];
}

function uninstallStep({ tools, hasUninstaller }: InstalledTools): string[] {
  if (!hasUninstaller || tools.uninstaller === undefined) return [];
  const [path, ...args] = tools.uninstaller;
  return [
    `for program in ${path}; do`,
    `  [ -x "$program" ] || continue`,
    `  say "running $program"`,
    `  "$program"${args.map((arg) => ` ${quote(arg)}`).join("")} </dev/null || return 1`,
    "done",
  ];
}

/** The units were masked to keep them from starting before; their packages are gone now. */
function unmaskStep(masked: readonly string[]): string[] {
  if (masked.length === 0) return [];
  return [
    `for unit in ${masked.map(quote).join(" ")}; do`,
    `  link=${UNIT_FOLDER}/$unit`,
    `  if [ "$(readlink "$link")" = /dev/null ]; then rm -f "$link"; fi`,
    "done",
  ];
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
