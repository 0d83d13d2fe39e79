/**
 * Completion for zsh.
 *
 * @module
 */
import type { Option } from "../../config/options.ts";
import { type CompletedCommand, singleQuoted } from "./shell.ts";

/** The script to source, or to put into a folder of `$fpath` as `_hyper2kvm`. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const described = commands.map((command) => `    ${singleQuoted(`${command.name}:${command.summary}`)}`);
  return `#compdef hyper2kvm
# zsh completion of hyper2kvm
_hyper2kvm() {
  local -a commands
  commands=(
${described.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${commands.map(branch).join("")}  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _hyper2kvm "$@"; else compdef _hyper2kvm hyper2kvm; fi
`;
}

function branch(command: CompletedCommand): string {
  const specs = [...command.options.flatMap(spec), singleQuoted("--help[help]")];
  if (command.takesFiles) specs.push(singleQuoted("*:file:_files"));
  if (command.words.length > 0) specs.push(singleQuoted(`1:word:(${command.words.join(" ")})`));
  return `    ${command.name})\n      _arguments ${specs.join(" \\\n        ")} ;;\n`;
}

function spec(option: Option): string[] {
  const says = option.help.replaceAll(/[[\]:\\]/g, "\\$&");
  const repeated = option.type === "list" ? "*" : "";
  const value = option.type === "boolean" ? "" : `:${option.value ?? option.flag}:${action(option)}`;
  return [option.display, ...option.short === undefined ? [] : [`-${option.short}`]]
    .map((flag) => singleQuoted(`${repeated}${flag}[${says}]${value}`));
}

function action(option: Option): string {
  if (option.completes === "folder") return "_files -/";
  if (option.completes === "file") return "_files";
  return option.choices.length > 0 ? `(${option.choices.join(" ")})` : " ";
}
