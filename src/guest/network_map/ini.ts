/**
 * Files of `[section]` and `key=value` lines: NetworkManager keyfiles, and the units of systemd-networkd
 * and udev.
 *
 * @module
 */

/** One section; a name may come more than once. */
export interface IniSection {
  /** Name without brackets. */
  readonly name: string;
  /** Values of each key in order. */
  readonly values: ReadonlyMap<string, readonly string[]>;
}

/** Reads the sections of a file; lines before the first section are left out. */
export function parseIni(text: string): readonly IniSection[] {
  const sections: { name: string; values: Map<string, string[]> }[] = [];
  for (const line of text.split("\n")) {
    const header = /^\s*\[([^\]]+)\]\s*$/.exec(line);
    const pair = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
    if (header !== null) sections.push({ name: header[1]!, values: new Map() });
    else if (pair !== null) {
      const values = sections.at(-1)?.values;
      values?.set(pair[1]!, [...values.get(pair[1]!) ?? [], pair[2]!]);
    }
  }
  return sections;
}

/** All values of a key in the sections of a name. */
export function iniValues(sections: readonly IniSection[], name: string, key: string): readonly string[] {
  return sections.filter((section) => section.name === name).flatMap((section) =>
    section.values.get(key) ?? []
  );
}
