/**
 * Gives the device arguments of kernel command lines names that last: `root=`, `resume=` and their kin
 * (kernel-parameters in the kernel's documentation, dracut.cmdline(7)).
 *
 * @module
 */
import { type Devices, type NameKind, stableName } from "./device_names.ts";

/** A rewritten text. */
export interface ArgumentsResult {
  /** The text after. */
  readonly text: string;
  /** What was replaced, such as `root=/dev/sda1 → root=UUID=…`. */
  readonly changed: readonly string[];
  /** Why arguments are right as they are. */
  readonly leftAlone: readonly string[];
  /** Arguments that could not be changed, each with the reason. */
  readonly unresolved: readonly string[];
}

/** An argument that names a device, after a blank, a quote or the `=` of an assignment. */
const ARGUMENT =
  /(?<=^|[\s"'=])(root|real_root|resume|cryptdevice)=(\/dev\/[^\s"'\\]+|(?:PART)?(?:UUID|LABEL)=[^\s"'\\]+)/g;

/** Rewrites the device arguments in the lines that `takesLine` accepts; all else stays, quotes included. */
export function stabilizeArguments(
  text: string,
  devices: Devices,
  takesLine: (line: string) => boolean = () => true,
  order?: readonly NameKind[],
): ArgumentsResult {
  const notes = { changed: new Set<string>(), leftAlone: new Set<string>(), unresolved: new Set<string>() };
  const lines = text.split("\n").map((line) => {
    if (!takesLine(line)) return line;
    return line.replaceAll(ARGUMENT, (argument: string, key: string, value: string) => {
      // cryptdevice=DEVICE:NAME; paths of hardware have colons of their own.
      const tail = key === "cryptdevice" ? /:[^:/]*(:[^:/]*)?$/.exec(value)?.[0] ?? "" : "";
      const device = value.slice(0, value.length - tail.length);
      const name = stableName(device, devices, order);
      if (name.kind === "stable") notes.leftAlone.add(`${key}=: ${name.reason}`);
      if (name.kind === "unresolved") notes.unresolved.add(`${argument} (${name.reason})`);
      if (name.kind !== "changes") return argument;
      notes.changed.add(`${argument} → ${key}=${name.to}${tail}`);
      return `${key}=${name.to}${tail}`;
    });
  });
  return {
    text: lines.join("\n"),
    changed: [...notes.changed],
    leftAlone: [...notes.leftAlone],
    unresolved: [...notes.unresolved],
  };
}

/**
 * The names to prefer in one menu file: without an initramfs the kernel itself finds the root, and it knows
 * partitions only.
 */
export function preferredNames(
  entries: readonly { readonly file: string; readonly initrds: readonly string[] }[],
  file: string,
): readonly NameKind[] {
  const isBare = entries.some((entry) => entry.file === file && entry.initrds.length === 0);
  return isBare ? ["partuuid", "uuid", "label"] : ["uuid", "partuuid", "label"];
}
