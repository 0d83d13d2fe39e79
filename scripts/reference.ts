/**
 * Writes the option reference of README.md, between its marks, out of the schema. With `--check` it only says whether
 * it is current.
 *
 * @module
 */
import { keyText } from "../src/config/json_schema.ts";
import { type Option, OPTIONS } from "../src/config/options.ts";
import { OPTION_GROUPS } from "../src/config/schema.ts";

const BEGIN = "<!-- options: begin -->";
const END = "<!-- options: end -->";
const README = new URL("../README.md", import.meta.url);

/** The reference as Markdown: a table for each group. */
export function reference(): string {
  return OPTION_GROUPS.flatMap((group) => {
    const options = OPTIONS.filter((option) => option.group === group && option.positional !== true);
    if (options.length === 0) return [];
    return [
      `**${group}**`,
      "",
      "| Flag | Key in a job file | Default | |",
      "|---|---|---|---|",
      ...options.map(row),
      "",
    ];
  }).join("\n").trimEnd();
}

/** README.md with the current reference in it. */
export function withReference(readme: string): string {
  const begin = readme.indexOf(BEGIN), end = readme.indexOf(END);
  if (begin === -1 || end < begin) {
    throw new Error(`Cannot write the reference: README.md has no ${BEGIN} … ${END}`);
  }
  return `${readme.slice(0, begin + BEGIN.length)}\n${reference()}\n${readme.slice(end)}`;
}

function row(option: Option): string {
  const value = option.type === "boolean" ? "" : ` ${option.value ?? option.choices.join("\\|")}`;
  const flag = `\`${option.display}${value}\`${option.short === undefined ? "" : `, \`-${option.short}\``}`;
  const key = option.flagOnly === true ? "" : `\`${option.key}\``;
  const { defaultValue } = option;
  const isPlain = defaultValue === undefined || defaultValue === false || Array.isArray(defaultValue);
  const text = option.flagOnly === true ? option.help : keyText(option);
  return `| ${flag} | ${key} | ${isPlain ? "" : `\`${defaultValue}\``} | ${text.replaceAll("|", "\\|")} |`;
}

if (import.meta.main) {
  const before = await Deno.readTextFile(README);
  const after = withReference(before);
  if (Deno.args.includes("--check")) Deno.exit(before === after ? 0 : 1);
  await Deno.writeTextFile(README, after);
}
