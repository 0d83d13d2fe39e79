/**
 * Entries of the Boot Loader Specification, type 1 (uapi-group.org, "Boot Loader Specification"), as GRUB's
 * `blscfg` and systemd-boot read them: one file per entry in `loader/entries`.
 *
 * @module
 */

/** One entry file. */
export interface BlsEntry {
  /** File name without `.conf`: how a saved default names it. */
  readonly id: string;
  /** Title, the file name where there is none. */
  readonly title: string;
  /** Kernel as written. */
  readonly kernel: string;
  /** Images as written. */
  readonly initrds: readonly string[];
  /** Arguments of the kernel, variables such as `$kernelopts` not filled in. */
  readonly options: string;
  /** `sort-key`, empty when there is none. */
  readonly sortKey: string;
  /** `version`, empty when there is none. */
  readonly version: string;
}

/** Reads an entry file; null when it names no kernel (an EFI program, or a device tree overlay). */
export function parseBls(fileName: string, text: string): BlsEntry | null {
  const id = fileName.replace(/\.conf$/, "");
  const values = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const match = /^\s*([A-Za-z][\w-]*)\s+(.*?)\s*$/.exec(line);
    if (match !== null) values.set(match[1]!, [...values.get(match[1]!) ?? [], match[2]!]);
  }
  const first = (key: string): string => values.get(key)?.[0] ?? "";
  if (first("linux") === "") return null;
  return {
    id,
    title: first("title") || id,
    kernel: first("linux"),
    initrds: (values.get("initrd") ?? []).flatMap((value) => value.split(/\s+/)).filter(Boolean),
    options: (values.get("options") ?? []).join(" "),
    sortKey: first("sort-key"),
    version: first("version"),
  };
}

/** Replaces `$name` and `${name}` and joins the words by single spaces. */
export function fillIn(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, (_, a, b) => variables.get(a ?? b) ?? "").trim()
    .replaceAll(/\s+/g, " ");
}

/** Compares versions by their numbers and words, as rpm and systemd do: negative when `a` is older. */
export function compareVersions(a: string, b: string): number {
  const partsOf = (text: string): readonly string[] => text.match(/\d+|[A-Za-z]+|~/g) ?? [];
  const [left, right] = [partsOf(a), partsOf(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const order = compareParts(left[at], right[at]);
    if (order !== 0) return order;
  }
  return 0;
}

function compareParts(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === "~" || b === "~") return a === "~" ? -1 : 1;
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
  const [isNumberA, isNumberB] = [/^\d/.test(a), /^\d/.test(b)];
  if (isNumberA && isNumberB) return Number(a) - Number(b);
  if (isNumberA !== isNumberB) return isNumberA ? 1 : -1;
  return a < b ? -1 : 1;
}

/** Puts entries in the order of GRUB's `blscfg`: the newest file name first. */
export function sortForGrub(entries: readonly BlsEntry[]): readonly BlsEntry[] {
  return [...entries].sort((a, b) => compareVersions(b.id, a.id));
}

/** Puts entries in the order of systemd-boot: by sort key, then the newest version first. */
export function sortForSystemdBoot(entries: readonly BlsEntry[]): readonly BlsEntry[] {
  return [...entries].sort((a, b) => {
    if ((a.sortKey === "") !== (b.sortKey === "")) return a.sortKey === "" ? 1 : -1;
    if (a.sortKey !== b.sortKey) return a.sortKey < b.sortKey ? -1 : 1;
    return compareVersions(b.version, a.version) || compareVersions(b.id, a.id);
  });
}
