/**
 * The manual page, in man(7), from the table of commands and the schema of options.
 *
 * @module
 */
import { type Command, COMMANDS } from "../cli/commands.ts";
import { type Option, OPTIONS } from "../config/options.ts";
import { OPTION_GROUPS } from "../config/schema.ts";
import { EXIT_STATUSES } from "../model/error.ts";
import { wrap } from "../ui/wrap.ts";
import { RELEASED, VERSION } from "../version.ts";

/** The text of hyper2kvm(1). */
export function manPage(): string {
  return [
    `.TH HYPER2KVM 1 ${RELEASED} "hyper2kvm ${VERSION}" "User Commands"`,
    ".SH NAME",
    "hyper2kvm \\- take virtual machines to KVM and show that they boot",
    ".SH SYNOPSIS",
    ".B hyper2kvm",
    ".I COMMAND",
    "[arguments]",
    ".SH DESCRIPTION",
    text(
      "Takes a virtual machine from VMware, Hyper-V, a cloud image or a bare disk to KVM: disks, libvirt definition " +
        "and report. The source is never written; the result is booted from a throw-away overlay to show that it works.",
    ),
    ".SH COMMANDS",
    ...COMMANDS.flatMap(command),
    ".SH OPTIONS",
    text("Which command takes which is in its --help. In a job file, an option's name has underscores."),
    ...OPTION_GROUPS.flatMap((group) => {
      const options = OPTIONS.filter((one) => one.group === group && one.positional !== true);
      return options.length === 0 ? [] : [`.SS ${literal(group)}`, ...options.flatMap(option)];
    }),
    ...surroundings(),
  ].join("\n") + "\n";
}

/** What is around the program: variables, statuses, files, other pages. */
function surroundings(): string[] {
  return [
    ".SH ENVIRONMENT",
    ...tagged(
      "HYPER2KVM_NAME",
      "Sets the option NAME, such as HYPER2KVM_BOOT_TIMEOUT=600. Flags win over variables, and these over files.",
    ),
    ...tagged("LIBGUESTFS_*", "As in guestfs(3); what is set there is passed on."),
    ...tagged("NO_COLOR", "Print no colours."),
    ".SH EXIT STATUS",
    ...Object.entries(EXIT_STATUSES).flatMap(([status, says]) => tagged(status, says)),
    ".SH FILES",
    ...tagged("DIR/journal.sqlite", "In an output folder: what is done, so that the same command goes on."),
    ...tagged("DIR/.hyper2kvm-watch", "In a watched folder: the queue and the status."),
    ...tagged(
      "~/.cache/hyper2kvm",
      "What was found out about this host, and the appliance of confined runs.",
    ),
    ".SH SEE ALSO",
    ".BR qemu-img (1),",
    ".BR virsh (1),",
    ".BR bwrap (1),",
    ".BR systemd.exec (5)",
  ];
}

function command({ name, usage, summary, about, examples }: Command): string[] {
  return [
    `.SS ${literal(`${name} ${usage}`.trim())}`,
    text(`${summary}.`),
    ...about.flatMap((paragraph) => [".PP", text(paragraph)]),
    ...examples.flatMap((
      { line, says },
    ) => [".PP", text(`${says.charAt(0).toUpperCase()}${says.slice(1)}:`), ...example(line)]),
  ];
}

const example = (line: string): string[] => [".PP", ".RS 4", ".nf", literal(line), ".fi", ".RE"];

function option(one: Option): string[] {
  const value = one.type === "boolean" ? "" : ` ${one.value ?? one.choices.join("|")}`;
  const short = one.short === undefined ? "" : `-${one.short}, `;
  const standard = typeof one.defaultValue === "string" || typeof one.defaultValue === "number"
    ? ` (default: ${one.defaultValue})`
    : "";
  return tagged(`${short}${one.display}${value}`, `${one.help.replace(/\.$/, "")}${standard}.`);
}

const tagged = (tag: string, says: string): string[] => [".TP", `.B ${literal(tag)}`, text(says)];

/** Columns of the source's lines; man(1) fills them anew. */
const COLUMNS = 72;

/** A paragraph, a line at a time: no line is long, and none begins with a dot or a quote. */
const text = (plain: string): string => wrap(plain, COLUMNS).map(literal).join("\n");

/** A text as man(7) takes it: backslashes, dashes, and a dot or a quote in front. */
export function literal(plain: string): string {
  return plain.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("…", "...").replaceAll(
    /^([.'])/gm,
    "\\&$1",
  );
}
