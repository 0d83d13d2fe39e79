/**
 * Reads udev rules files (udev(7), section "Rules files") as far as tests and assignments go.
 *
 * @module
 */

/** One `KEY{attribute} operator "value"` of a rule. */
export interface UdevToken {
  /** Key with its attribute, such as `ATTR{address}`. */
  readonly key: string;
  /** `==` and `!=` test, the others assign. */
  readonly operator: string;
  /** Value without quotes. */
  readonly value: string;
}

/** One rule. */
export interface UdevRule {
  /** First line, from 0. */
  readonly firstLine: number;
  /** Last line: later than the first when lines end with a backslash. */
  readonly lastLine: number;
  /** What it tests and assigns, in order. */
  readonly tokens: readonly UdevToken[];
}

const TOKEN = /([A-Z_]+(?:\{[^}]*\})?)\s*(==|!=|\+=|-=|:=|=)\s*[a-z]?"((?:[^"\\]|\\.)*)"/g;

/** The rules of a file in order; comments and empty lines are left out. */
export function parseUdevRules(text: string): readonly UdevRule[] {
  const lines = text.split("\n");
  const rules: UdevRule[] = [];
  for (let at = 0; at < lines.length; at++) {
    const firstLine = at;
    let rule = lines[at]!;
    if (/^\s*(#|$)/.test(rule)) continue;
    while (rule.endsWith("\\") && at + 1 < lines.length) rule = rule.slice(0, -1) + lines[++at]!;
    const tokens = [...rule.matchAll(TOKEN)].map(([, key, operator, value]) => ({
      key: key!,
      operator: operator!,
      value: value!,
    }));
    rules.push({ firstLine, lastLine: at, tokens });
  }
  return rules;
}

/** The values that a rule requires for a key (`==`), whichever of `KEY` and `KEYS` tests it. */
export function requiredValues(rule: UdevRule, key: RegExp): readonly string[] {
  return rule.tokens.filter((token) => token.operator === "==" && key.test(token.key)).map(({ value }) =>
    value
  );
}

/** The name that a rule gives to a network interface; undefined when it gives none, or computes it. */
export function assignedName(rule: UdevRule): string | undefined {
  const name = rule.tokens.find(({ key, operator }) => key === "NAME" && /^:?=$/.test(operator))?.value;
  return name === undefined || /[%$]/.test(name) || name === "" ? undefined : name;
}
