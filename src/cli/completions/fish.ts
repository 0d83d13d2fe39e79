/**
 * Completion for fish.
 *
 * @module
 */
import type { Option } from "../../config/options.ts";
import type { CompletedCommand } from "./shell.ts";

/** The script to source, or to put into fish's completions folder. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const start = "complete -c hyper2kvm";
  return [
    "# fish completion of hyper2kvm",
    `${start} -f`,
    `${start} -n __fish_use_subcommand -l help -d Help`,
    `${start} -n __fish_use_subcommand -l version -d Version`,
    ...commands.flatMap((command) => {
      const when = `${start} -n ${quoted(`__fish_seen_subcommand_from ${command.name}`)}`;
      return [
        `${start} -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.summary)}`,
        ...command.takesFiles ? [`${when} -F`] : [],
        ...command.words.length > 0 ? [`${when} -a ${quoted(command.words.join(" "))}`] : [],
        ...command.options.map((option) => `${when} ${flag(option)}`),
      ];
    }),
    "",
  ].join("\n");
}

function flag(option: Option): string {
  const short = option.short === undefined ? "" : `-s ${option.short} `;
  const value = option.type === "boolean"
    ? ""
    : option.completes === "folder"
    ? " -x -a '(__fish_complete_directories)'"
    : option.completes === "file"
    ? " -r -F"
    : ` -x${option.choices.length === 0 ? "" : ` -a ${quoted(option.choices.join(" "))}`}`;
  return `${short}-l ${option.display.slice(2)}${value} -d ${quoted(option.help)}`;
}

/** fish escapes a quote inside single quotes by a backslash. */
function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
}
