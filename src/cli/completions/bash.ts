/**
 * Completion for bash 4 and later.
 *
 * @module
 */
import type { Option } from "../../config/options.ts";
import type { CompletedCommand } from "./shell.ts";

/** The script to source. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const names = commands.map((command) => command.name).join(" ");
  return `# bash completion of hyper2kvm
_hyper2kvm() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "${names} --help --version" -- "$cur")
    return
  fi
  case "$command $prev" in
${values(commands)}  esac
  case "$command" in
${commands.map(flags).join("")}  esac
}
complete -F _hyper2kvm hyper2kvm
`;
}

/** Cases for the word after a flag that takes a value. */
function values(commands: readonly CompletedCommand[]): string {
  return commands.flatMap((command) =>
    command.options.filter((option) => option.type !== "boolean").map((option) => {
      const words = [option.display, ...option.short === undefined ? [] : [`-${option.short}`]];
      return `    ${words.map((word) => `"${command.name} ${word}"`).join("|")}) ${
        valueOf(option)
      }; return ;;\n`;
    })
  ).join("");
}

function valueOf(option: Option): string {
  if (option.completes === "folder") {
    return `compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur")`;
  }
  if (option.completes === "file") {
    return `compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")`;
  }
  return `mapfile -t COMPREPLY < <(compgen -W "${option.choices.join(" ")}" -- "$cur")`;
}

function flags(command: CompletedCommand): string {
  const words = [...command.options.map((option) => option.display), "--help"].join(" ");
  const rest = command.takesFiles
    ? `else compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); fi`
    : `else mapfile -t COMPREPLY < <(compgen -W "${command.words.join(" ")}" -- "$cur"); fi`;
  return `    ${command.name})
      if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "${words}" -- "$cur")
      ${rest} ;;
`;
}
