/**
 * The texts of `--help`. The list of commands needs no schema; a command's help loads it.
 *
 * @module
 */
import type { Option } from "../config/options.ts";
import type { JobCommand } from "../config/schema.ts";
import { EXIT_STATUSES } from "../model/error.ts";
import { type Command, COMMANDS } from "./commands.ts";
import { wrap } from "../ui/wrap.ts";

/** What `hyper2kvm --help` prints. */
export function mainHelp(columns: number): string {
  return [
    ...wrap(
      "hyper2kvm takes a virtual machine from VMware and others to KVM and shows that it boots.",
      columns,
    ),
    "",
    "USAGE",
    "  hyper2kvm COMMAND [arguments]",
    "",
    "COMMANDS",
    ...table(COMMANDS.map((command) => [command.name, command.summary]), columns),
    "",
    "OPTIONS",
    ...table([["-h, --help", "Help; after a command, its options"], ["--version", "The version"]], columns),
    "",
    ...examples(COMMANDS.slice(0, 2).flatMap((command) => command.examples.slice(0, 1)), columns),
    ...exitStatuses(columns),
  ].join("\n") + "\n";
}

/** What `hyper2kvm COMMAND --help` prints. */
export async function commandHelp(command: Command, columns: number): Promise<string> {
  return [
    ...wrap(`${command.summary}.`, columns),
    ...command.about.flatMap((paragraph) => ["", ...wrap(paragraph, columns)]),
    "",
    "USAGE",
    `  hyper2kvm ${command.name} ${command.usage}`.trimEnd(),
    "",
    ...command.hasOptions ? await optionSections(command.name as JobCommand, columns) : [],
    ...examples(command.examples, columns),
    ...exitStatuses(columns),
  ].join("\n") + "\n";
}

/** A flag with its short form and its value: `-o, --output DIR`. */
export function flagColumn(option: Option): string {
  const value = option.type === "boolean" ? "" : ` ${option.value ?? option.choices.join("|")}`;
  return `${option.short === undefined ? "    " : `-${option.short}, `}${option.display}${value}`;
}

async function optionSections(name: JobCommand, columns: number): Promise<string[]> {
  const [{ optionsOf }, { OPTION_GROUPS }] = await Promise.all([
    import("../config/options.ts"),
    import("../config/schema.ts"),
  ]);
  const flags = optionsOf(name).filter((option) => option.positional !== true);
  const lines = OPTION_GROUPS.flatMap((group) => {
    const rows = flags.filter((option) => option.group === group).map((
      one,
    ) => [flagColumn(one), helpOf(one)]);
    if (group === "Run") rows.push(["-h, --help", "Print this."]);
    return rows.length === 0 ? [] : [group.toUpperCase(), ...table(rows, columns), ""];
  });
  const note =
    "Every option can stand in a --config file under its name with underscores (boot_timeout: 600) " +
    "and in the environment (HYPER2KVM_BOOT_TIMEOUT=600). Flags win over the environment, and that over files.";
  return name === "doctor" ? lines : [...lines, ...wrap(note, columns), ""];
}

function helpOf(option: Option): string {
  const shown = typeof option.defaultValue === "string" ? ` (default: ${option.defaultValue})` : "";
  return `${option.help.replace(/\.$/, "")}${shown}.`;
}

function examples(list: Command["examples"], columns: number): string[] {
  return list.length === 0 ? [] : [
    "EXAMPLES",
    ...list.flatMap((
      { line, says },
    ) => [`  ${line}`, ...wrap(says, columns - 6).map((part) => `      ${part}`)]),
    "",
  ];
}

function exitStatuses(columns: number): string[] {
  // Object keys that look like integers come in ascending order.
  return [
    "EXIT STATUS",
    ...table(Object.entries(EXIT_STATUSES).map(([code, text]) => [code, text]), columns),
  ];
}

const MAX_LEFT = 30;

/** Two columns; a left side that is too long has its text on the next line. */
function table(rows: readonly (readonly string[])[], columns: number): string[] {
  const widest = Math.max(...rows.map(([left = ""]) => left.length).filter((width) => width <= MAX_LEFT), 0);
  const indent = columns < 60 ? 6 : widest + 4;
  return rows.flatMap(([left = "", right = ""]) => {
    const lines = wrap(right, columns - indent);
    const inline = columns >= 60 && left.length <= widest;
    const first = inline ? `  ${left.padEnd(indent - 2)}${lines.shift() ?? ""}` : `  ${left}`;
    return [first, ...lines.map((line) => " ".repeat(indent) + line)];
  });
}
