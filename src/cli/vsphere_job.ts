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

/** The command for the arguments of `run`; undefined when they ask for something else. */
export async function vsphereJob(args: readonly string[]): Promise<VsphereCommand | undefined> {
  const { files, command, rest } = apart(args);
  if (files.length === 0) return undefined;
  const { openJobFile } = await import("../config/job_file.ts");
  const values = Object.assign(
    {},
    ...(await Promise.all(files.map(openJobFile))).map(({ content }) => content),
  );
  if ((command ?? values.cmd ?? values.command) !== "vsphere") return undefined;
  const { vsphereCommand } = await import("../config/hyper2kvm_vsphere.ts");
  const made = vsphereCommand(values);
  return { args: [...made.args, ...rest], warnings: made.warnings };
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
