/**
 * Job files of the Python hyper2kvm: every option is taken over, or refused with the reason and what to use
 * instead; keys without effect get a warning each. The table is in `hyper2kvm_options.ts`.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import type { Given } from "./flags.ts";
import { takeOver } from "./hyper2kvm_values.ts";
import {
  CONVERTING_COMMANDS,
  FOREIGN_COMMANDS,
  HYPER2KVM_OPTIONS,
  OTHER_COMMANDS,
  type Verdict,
} from "./hyper2kvm_options.ts";
import { type FileLayers, type JobFile, lineOf, textList, vmEntries, type VmLayer } from "./job_file.ts";
import type { Layer } from "./load.ts";
import { OPTIONS } from "./options.ts";
import type { JobKey } from "./schema.ts";
import { suggest } from "./suggest.ts";

/** A key of a foreign job file. */
interface Entry {
  readonly value: unknown;
  /** `line 3 of a.yaml`. */
  readonly place: string;
}

type Entries = ReadonlyMap<string, Entry>;

/** What reading the entries of one machine has found. */
interface Reading {
  readonly values: Given;
  /** The foreign key that each option came from. */
  readonly from: Partial<Record<JobKey, string>>;
  readonly warnings: string[];
  readonly refusals: string[];
}

/** Keys that may have a list: of disks of one machine, and where that tool takes lists. */
const LIST_KEYS: ReadonlySet<string> = new Set([
  ...["vmdk", "raw", "ova", "ovf", "vhd", "ami", "config", "ssh_opt"],
]);

const NATIVE: ReadonlySet<string> = new Set(
  OPTIONS.filter((option) => option.flagOnly !== true).map((option) => option.key as string),
);

/**
 * Whether the files are of the Python tool: one has `cmd` or `command`, or keys that only that tool has. Such
 * files are merged as that tool does, so one makes the others its kind, too.
 *
 * @throws {MigrateError} `config/bad-file` when a file of this program is among them
 */
export function isForeign(files: readonly JobFile[]): boolean {
  const foreign = files.filter(({ content }) =>
    "cmd" in content || "command" in content || allKeys(content).some(isOnlyForeign)
  );
  const native = files.find((file) => !foreign.includes(file) && allKeys(file.content).some(isOnlyNative));
  if (foreign.length === 0 || native === undefined) return foreign.length > 0;
  throw new MigrateError(
    "config/bad-file",
    `Cannot merge ${native.path} with ${foreign[0]!.path}: that one has the keys of the Python hyper2kvm.`,
    { hint: "Use one set of keys; flags and HYPER2KVM_* variables go with both." },
  );
}

/**
 * Reads job files of the Python tool, merged in order.
 *
 * @param command What `--cmd` says, which wins over the files.
 * @throws {MigrateError} `config/bad-file` that names every option which cannot be honoured
 */
export function foreignLayers(files: readonly JobFile[], command?: string): FileLayers {
  const shared = new Map<string, Entry>();
  let vms: [JobFile, readonly Readonly<Record<string, unknown>>[]] | undefined;
  for (const file of files) {
    for (const [key, value] of Object.entries(file.content)) {
      if (key === "vms") vms = [file, vmEntries(file, value)];
      else {shared.set(key === "command" ? "cmd" : key, {
          value,
          place: `line ${lineOf(file.text, key)} of ${file.path}`,
        });}
    }
  }
  if (command !== undefined) shared.set("cmd", { value: command, place: "--cmd" });
  const base = read(shared);
  const machines = (vms?.[1] ?? []).map((entry, index) => {
    const { depends_on, ...own } = entry;
    const place = (key: string): string => `vms[${index}].${key} in ${vms![0].path}`;
    const all = new Map(shared);
    for (const [key, value] of Object.entries(own)) {
      all.set(key === "command" ? "cmd" : key, { value, place: place(key) });
    }
    return { reading: read(all), entries: all, dependsOn: textList(depends_on, place("depends_on")) };
  });
  const readings = [base, ...machines.map((machine) => machine.reading)];
  refuse(files[0]!.path, [...new Set(readings.flatMap((reading) => reading.refusals))]);
  return {
    layers: [layer(base, shared)],
    vms: machines.map((one): VmLayer => ({ ...layer(one.reading, one.entries), dependsOn: one.dependsOn })),
    warnings: [...new Set(readings.flatMap((reading) => reading.warnings))],
    ...otherCommand(machines.length === 0 ? [shared] : machines.map(({ entries }) => entries)),
  };
}

/**
 * The command of this program that the job is for, when it is no conversion.
 *
 * @throws {MigrateError} `config/bad-file` when the machines are for different ones
 */
function otherCommand(all: readonly Entries[]): Pick<FileLayers, "command"> {
  const [command, ...others] = new Set(
    all.map((entries) => OTHER_COMMANDS[String(entries.get("cmd")?.value) as keyof typeof OTHER_COMMANDS]),
  );
  if (others.length === 0) return command === undefined ? {} : { command };
  throw new MigrateError("config/bad-file", "Cannot run these machines together: their cmd differs.", {
    hint: "Conversions go together; put the machines with another cmd into a job file of their own.",
  });
}

function layer(reading: Reading, entries: Entries): Layer {
  return {
    values: reading.values,
    origin: ({ key }) => {
      const foreign = reading.from[key];
      const place = foreign === undefined ? undefined : entries.get(foreign)?.place;
      return place === undefined ? "the Python hyper2kvm's default" : `${place} (${foreign})`;
    },
  };
}

function read(entries: Entries): Reading {
  const reading: Reading = { values: {}, from: {}, warnings: [], refusals: [] };
  const plain = new Map([...entries].map(([key, { value }]) => [key, value]));
  for (const [key, { value, place }] of entries) {
    const verdict = key === "raw" ? HYPER2KVM_OPTIONS.vmdk : HYPER2KVM_OPTIONS[key];
    if (verdict === undefined) {
      const near = suggest(key, Object.keys(HYPER2KVM_OPTIONS));
      const cure = near === undefined ? "" : `; did you mean ${near}?`;
      reading.warnings.push(`${place}: ${key} has no effect: the Python hyper2kvm has no such option${cure}`);
    } else if (verdict.kind !== "command") judge(key, value, place, verdict, reading);
    else if (!isIdle(value) && !(verdict.commands as readonly unknown[]).includes(plain.get("cmd"))) {
      reading.warnings.push(`${place}: ${key} has no effect without cmd: ${verdict.commands.join(" or ")}`);
    }
  }
  judgeCommand(entries.get("cmd"), reading);
  for (const { key, value, from, warning } of takeOver(plain)) {
    if (warning !== undefined) reading.warnings.push(`${entries.get(from)?.place ?? from}: ${warning}`);
    if (key === undefined) continue;
    reading.values[key] = value;
    reading.from[key] = from;
  }
  return reading;
}

/** Whether a value asks for nothing. */
function isIdle(value: unknown): boolean {
  return value === null || value === undefined || value === "" || value === false ||
    (typeof value === "string" && /^(no|off)$/i.test(value)) || (Array.isArray(value) && value.length === 0);
}

function judge(key: string, value: unknown, place: string, verdict: Verdict, reading: Reading): void {
  const shown = /pass(word|phrase)$/.test(key) ? "***" : JSON.stringify(value);
  const no = (reason: string, use: string): void =>
    void reading.refusals.push(`${place}: ${key}: ${shown} is refused: ${reason}. Instead: ${use}.`);
  if (verdict.kind === "always" && verdict.not?.includes(value) === true) no(verdict.why, "leave it out");
  if (isIdle(value)) return;
  if (typeof value === "object" && !(Array.isArray(value) && LIST_KEYS.has(key))) {
    return no("one value is expected, not a section or a list", `${key}: VALUE`);
  }
  if (verdict.kind === "refused") no(verdict.reason, verdict.use);
  if (verdict.kind === "only" && !verdict.values.includes(value)) no(verdict.reason, verdict.use);
  if (verdict.kind === "ignored") reading.warnings.push(`${place}: ${key} has no effect: ${verdict.why}`);
}

function judgeCommand(entry: Entry | undefined, reading: Reading): void {
  if (entry === undefined || isIdle(entry.value) || CONVERTING_COMMANDS.includes(String(entry.value))) return;
  const name = String(entry.value);
  if (Object.hasOwn(OTHER_COMMANDS, name)) return;
  if (Object.hasOwn(FOREIGN_COMMANDS, name)) {
    const { reason, use } = FOREIGN_COMMANDS[name as keyof typeof FOREIGN_COMMANDS]!;
    reading.refusals.push(`${entry.place}: cmd: ${name} is refused: ${reason}. Instead: ${use}.`);
    return;
  }
  const known = [...CONVERTING_COMMANDS, ...Object.keys(OTHER_COMMANDS), ...Object.keys(FOREIGN_COMMANDS)];
  const near = suggest(name, known);
  const cure = near === undefined ? CONVERTING_COMMANDS.join(", ") : near;
  reading.refusals.push(
    `${entry.place}: cmd: ${name} is refused: there is no such command. Instead: ${cure}.`,
  );
}

function refuse(path: string, refusals: readonly string[]): void {
  if (refusals.length === 0) return;
  const count = refusals.length === 1 ? "an option" : `${refusals.length} options`;
  throw new MigrateError(
    "config/bad-file",
    `Cannot run ${path}: ${count} of the Python hyper2kvm cannot be honoured.\n${
      refusals.map((one) => `  ${one}`).join("\n")
    }`,
    { hint: "Change these lines, or write the job with this program's own keys (hyper2kvm schema)." },
  );
}

function allKeys(content: JobFile["content"]): string[] {
  const vms = Array.isArray(content.vms) ? content.vms : [];
  const inside = vms.flatMap((one) => typeof one === "object" && one !== null ? Object.keys(one) : []);
  return [...Object.keys(content).filter((key) => key !== "vms"), ...inside];
}

const isOnlyForeign = (key: string): boolean => Object.hasOwn(HYPER2KVM_OPTIONS, key) && !NATIVE.has(key);
const isOnlyNative = (key: string): boolean => NATIVE.has(key) && !Object.hasOwn(HYPER2KVM_OPTIONS, key);
