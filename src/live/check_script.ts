/**
 * Checks of files that can keep a guest from booting, made by the guest itself before the new file is put in place:
 * findmnt --verify for fstab, a look at each device for crypttab. What was wrong before is not held against the new
 * file.
 *
 * @module
 */

/** What the check prints where the guest's findmnt cannot verify: util-linux before 2.30. */
export const UNVERIFIED = "unverified";

/** The check of a path, `$t` against `$p`; empty where there is none. */
export function checkScript(path: string): string {
  if (path === "/etc/fstab") return FSTAB;
  return path === "/etc/crypttab" ? CRYPTTAB : "";
}

const FSTAB = `
if findmnt --help 2>/dev/null | grep -q -- --verify; then
  errors() { findmnt --verify --tab-file "$1" 2>&1 | grep -E '\\[E\\]|parse error.*ignored' || true; }
  old=$(errors "$p" | wc -l); new=$(errors "$t" | wc -l)
  [ "$new" -le "$old" ] || fail "findmnt --verify refuses the new fstab: $(errors "$t" | head -n 1 | sed 's/^ *//')"
else
  echo ${UNVERIFIED}
fi`;

const CRYPTTAB = `
while read -r name device rest; do
  case $name in '' | '#'*) continue ;; esac
  case $device in UUID=* | PARTUUID=* | LABEL=* | PARTLABEL=*) ;; *) continue ;; esac
  findfs "$device" >/dev/null 2>&1 || grep -qF "$device" "$p" || fail "the guest has no device $device"
done <"$t"`;
