/**
 * A job file of the Python hyper2kvm with `cmd: vsphere`, as the `vsphere` command that does the same.
 *
 * @module
 */
import type { VsphereCommand } from "../config/hyper2kvm_vsphere.ts";

/** What `run` was given, apart. */
interface RunArguments {
  readonly files: readonly string[];
  readonly command?: string;
  /** Flags of the user, which win over the file. */
  readonly rest: readonly string[];
}

/** What the arguments of `run` ask for. */
export interface VsphereJob {
  /** In order; several when the job lists machines. */
  readonly commands: readonly VsphereCommand[];
  /** Whether they are to be printed and not to be run. */
  readonly isDump: boolean;
}

/** The commands for the arguments of `run`; undefined when they ask for something else. */
export async function vsphereJob(args: readonly string[]): Promise<VsphereJob | undefined> {
  const { files, command, rest } = apart(args);
  if (files.length === 0) return undefined;
  const { openJobFile } = await import("../config/job_file.ts");
  const values = Object.assign(
    {},
    ...(await Promise.all(files.map(openJobFile))).map(({ content }) => content),
  );
  if ((command ?? values.cmd ?? values.command) !== "vsphere") return undefined;
  const { vsphereCommands } = await import("../config/hyper2kvm_vsphere.ts");
  const isDry = rest.includes("--dry-run"), isDump = rest.includes("--dump-config");
  const others = rest.filter((flag) => flag !== "--dry-run" && flag !== "--dump-config");
  const commands = vsphereCommands(isDry ? { ...values, dry_run: true } : values);
  return {
    commands: commands.map((made) => ({ ...made, args: [...made.args, ...others] })),
    isDump: isDump || values.dump_config === true || values.dump_args === true,
  };
}

function apart(args: readonly string[]): RunArguments {
  const files: string[] = [], rest: string[] = [];
  let command: string | undefined;
  for (let at = 0; at < args.length; at++) {
    const [, name, joined] = /^--(cmd|config)(?:=(.*))?$/s.exec(args[at]!) ?? [];
    const value = name === undefined ? args[at]! : joined ?? args[++at] ?? "";
    if (name === "cmd") command = value;
    else if (name === "config" || /^[^-].*\.(ya?ml|json)$/i.test(value)) files.push(value);
    else rest.push(value);
  }
  return { files, rest, ...(command === undefined ? {} : { command }) };
}
