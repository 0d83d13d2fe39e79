/**
 * Values of the Python hyper2kvm's options in this program's terms.
 *
 * @module
 */
import { basename, dirname, extname, join } from "@std/path";
import { OPTIONS } from "./options.ts";
import type { JobKey } from "./schema.ts";

/** One option taken over, or only a warning on one. */
export interface Taken {
  /** The option here; undefined when only the warning counts. */
  readonly key?: JobKey;
  /** Its value. */
  readonly value?: unknown;
  /** The option there. */
  readonly from: string;
  /** What a person should know. */
  readonly warning?: string;
}

type Values = ReadonlyMap<string, unknown>;

/** Where that tool writes when nothing is said. */
const DEFAULT_OUTPUT = "./out";

/** The option that names the input, by `cmd`. */
const INPUT_BY_COMMAND: Readonly<Record<string, string>> = { local: "vmdk" };
const INPUTS = ["vmdk", "ova", "ovf", "vhd", "ami", "raw"] as const;

/** Formats by the extension of `to_output`. */
const FORMATS: readonly string[] = ["qcow2", "raw", "vdi", "vmdk"];

/** Everything that the values of a job set here. */
export function takeOver(values: Values): Taken[] {
  return [
    ...input(values),
    ...output(values),
    ...run(values),
    ...machine(values),
    ...keys(values),
    ...same(values),
    ...driverIso(values),
  ].filter(({ value, warning }) => value !== undefined || warning !== undefined);
}

function input(values: Values): Taken[] {
  const command = text(values.get("cmd"));
  if (command === "fetch-and-fix") return remoteInput(values);
  if (command === "live-fix") return runningGuest(values);
  if (command === "daemon") {
    return [{ key: "watch_dir", value: path(values.get("watch_dir")), from: "watch_dir" }];
  }
  const preferred = INPUT_BY_COMMAND[command ?? ""] ?? command ?? "";
  const from = [preferred, ...INPUTS].find((key) => INPUTS.includes(key as "vmdk") && text(values.get(key)));
  if (from === undefined) return [];
  const given = values.get(from);
  const paths = Array.isArray(given) ? given : [given];
  return [{ key: "source", value: paths.map((one) => home(String(one))), from }];
}

/** A running guest: `USER@HOST`. */
function runningGuest(values: Values): Taken[] {
  const host = text(values.get("host"));
  if (host === undefined) return [];
  return [
    { key: "source", value: [`${text(values.get("user")) ?? "root"}@${host}`], from: "host" },
    ...sshOptions(values),
    { key: "sudo", value: on(values.get("sudo")), from: "sudo" },
  ];
}

/** `ssh://USER@HOST/PATH`: read in place or downloaded, as this program does for every such source. */
function remoteInput(values: Values): Taken[] {
  const host = text(values.get("host"));
  const remote = text(values.get("remote"));
  if (host === undefined || remote === undefined) return [];
  const address = `ssh://${text(values.get("user")) ?? "root"}@${host}${
    remote.startsWith("/") ? "" : "/"
  }${remote}`;
  return [
    { key: "source", value: [address], from: "remote" },
    ...sshOptions(values),
  ];
}

function sshOptions(values: Values): Taken[] {
  const options = values.get("ssh_opt");
  const list = typeof options === "string" ? [options] : options;
  return [
    { key: "port", value: number(values.get("port")), from: "port" },
    { key: "identity", value: path(values.get("identity")), from: "identity" },
    {
      key: "ssh_opt",
      // As on ssh's command line: -o NAME=VALUE.
      value: Array.isArray(list) ? list.map((one) => String(one).replace(/^-o\s*/, "")) : undefined,
      from: "ssh_opt",
    },
  ];
}

function output(values: Values): Taken[] {
  const named = text(values.get("to_output"));
  const units = text(values.get("cmd")) === "generate-systemd" ? unitFolder(values) : undefined;
  if (units !== undefined) return [{ key: "output", value: units, from: "systemd_output" }];
  const folder = path(values.get("output_dir")) ?? DEFAULT_OUTPUT;
  const below = named === undefined || dirname(named) === "." ? folder : join(
    named.startsWith("/") ? "/" : folder,
    dirname(named),
  );
  const extension = named === undefined ? "" : extname(named);
  const stem = named === undefined ? undefined : basename(named, extension);
  const vm = text(values.get("vm_name"));
  const format = text(values.get("out_format")) ??
    (FORMATS.includes(extension.slice(1)) ? extension.slice(1) : undefined);
  const renamed = named !== undefined && extension.slice(1) !== (format ?? "qcow2");
  const compressed = bool(values.get("compress")) === true;
  const report = path(values.get("report"));
  return [
    { key: "output", value: below, from: "output_dir" },
    { key: "name", value: vm ?? stem, from: vm === undefined ? "to_output" : "vm_name" },
    ...vm !== undefined && stem !== vm ? [{ key: "disk_name", value: stem, from: "to_output" } as const] : [],
    { key: "format", value: format, from: values.has("out_format") ? "out_format" : "to_output" },
    ...renamed ? [{ from: "to_output", warning: `the disk is called ${stem}.${format ?? "qcow2"}` }] : [],
    ...!compressed
      ? []
      : (format ?? "qcow2") === "qcow2"
      ? [{ key: "compress", value: "zlib", from: "compress" } as const]
      : [{ from: "compress", warning: `compress has no effect: ${format} images are not compressed` }],
    ...compressLevel(values, compressed && (format ?? "qcow2") === "qcow2"),
    { key: "checksum", value: on(values.get("checksum")), from: "checksum" },
    {
      key: "report",
      value: report === undefined ? undefined : report.startsWith("/") ? report : join(folder, report),
      from: "report",
    },
    { key: "backup", value: bool(values.get("no_backup")) === true ? false : undefined, from: "no_backup" },
  ];
}

/** There it is the file of one unit, here the folder of all. */
function unitFolder(values: Values): string | undefined {
  const given = path(values.get("systemd_output"));
  return given?.endsWith(".service") ? dirname(given) : given;
}

function compressLevel(values: Values, isCompressed: boolean): Taken[] {
  const level = number(values.get("compress_level"));
  if (level === undefined) return [];
  if (isCompressed) return [{ key: "compress_level", value: level, from: "compress_level" }];
  return [{ from: "compress_level", warning: "compress_level has no effect without compress" }];
}

function run(values: Values): Taken[] {
  const workers = number(values.get("workers"));
  const v2v = bool(values.get("v2v_parallel")) === true
    ? number(values.get("v2v_concurrency")) ?? 2
    : undefined;
  const parallel = bool(values.get("parallel_processing")) === true ? workers ?? 2 : workers;
  return [
    { key: "work_dir", value: path(values.get("workdir")), from: "workdir" },
    { key: "log_file", value: path(values.get("log_file")), from: "log_file" },
    { key: "verbose", value: Number(values.get("verbose") ?? 0) > 0 ? true : undefined, from: "verbose" },
    { key: "debug", value: on(values.get("debug")), from: "debug" },
    { key: "json", value: on(values.get("json")), from: "json" },
    { key: "dry_run", value: on(values.get("dry_run")), from: "dry_run" },
    ...["dump_config", "dump_args"].map((from): Taken => (
      { key: "dump_config", value: on(values.get(from)), from }
    )),
    {
      key: "max_vms",
      value: parallel,
      from: workers === undefined ? "parallel_processing" : "workers",
    },
    { key: "v2v_concurrency", value: v2v, from: "v2v_concurrency" },
    { key: "use_v2v", value: on(values.get("use_v2v")), from: "use_v2v" },
    {
      key: "initramfs",
      value: bool(values.get("regen_initramfs")) === false ? "off" : undefined,
      from: "regen_initramfs",
    },
  ];
}

function machine(values: Values): Taken[] {
  const screen = text(values.get("graphics"));
  const headless = bool(values.get("headless")) === true;
  const graphics = headless || screen === "none" ? "none" : screen === undefined ? undefined : "vnc";
  const defining = ["virsh_define", "keep_domain"].find((key) => bool(values.get(key)) === true);
  const testing = ["libvirt_test", "qemu_test"].find((key) => bool(values.get(key)) === true);
  return [
    ...defining === undefined ? [] : [{ key: "define", value: true, from: defining } as const],
    ...testing === undefined ? [] : [{ key: "boot_proof", value: true, from: testing } as const],
    { key: "memory", value: number(values.get("memory")), from: "memory" },
    { key: "vcpus", value: number(values.get("vcpus")), from: "vcpus" },
    { key: "graphics", value: graphics, from: headless ? "headless" : "graphics" },
    ...graphics === "vnc" && screen !== "vnc"
      ? [{
        from: "graphics",
        warning: `graphics: the screen is VNC, which every client of ${screen} shows, too`,
      }]
      : [],
    {
      key: "network",
      value: text(values.get("libvirt_network")) === undefined
        ? undefined
        : [text(values.get("libvirt_network"))],
      from: "libvirt_network",
    },
  ];
}

/** Keys of encrypted disks, for every device. */
function keys(values: Values): Taken[] {
  const variable = text(values.get("luks_passphrase_env"));
  const file = path(values.get("luks_keyfile"));
  const all = [
    ...variable === undefined ? [] : [`all=env:${variable}`],
    ...file === undefined ? [] : [`all=keyfile:${file}`],
  ];
  const from = variable === undefined ? "luks_keyfile" : "luks_passphrase_env";
  return all.length === 0 ? [] : [{ key: "luks_key", value: all, from }];
}

/** Options of the same name and meaning. */
const SAME: readonly string[] = [
  ...["fstab_mode", "post_v2v", "resize", "remove_vmware_tools", "cloud_init_config", "win_stage"],
  "disk_bus",
];

function same(values: Values): Taken[] {
  return SAME.flatMap((from) => {
    const option = OPTIONS.find((one) => one.key === from)!;
    const value = values.get(from);
    if (value === false || value === null || value === "") return [];
    // Spelled out, that tool's default must not keep a machine off the bus that it needs.
    if (from === "disk_bus" && value === "virtio") return [];
    return [{ key: option.key, value: option.type === "boolean" ? bool(value) : value, from }];
  });
}

/** The CD with drivers for Windows, which that tool knows by three names. */
function driverIso(values: Values): Taken[] {
  const from = ["driver_iso", "virtio_win_iso", "win_driver_iso"].find((key) => text(values.get(key)));
  return from === undefined ? [] : [{ key: "driver_iso", value: path(values.get(from)), from }];
}

const text = (value: unknown): string | undefined =>
  value === undefined || value === null || value === "" ? undefined : String(value);

const path = (value: unknown): string | undefined => {
  const given = text(value);
  return given === undefined ? undefined : home(given);
};

const home = (given: string): string =>
  given.startsWith("~/") ? join(Deno.env.get("HOME") ?? "~", given.slice(2)) : given;

/** A number also as text; what is none stays as it is, for the error. */
function number(value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string" || value.trim() === "") return value;
  return Number.isNaN(Number(value)) ? value : Number(value);
}

/** True, or nothing. */
const on = (value: unknown): true | undefined => bool(value) === true ? true : undefined;

/** Booleans of YAML 1.1, which that tool reads: yes, no, on and off are among them. */
function bool(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return value !== 0;
  if (/^(yes|on|true)$/i.test(String(value))) return true;
  return /^(no|off|false)$/i.test(String(value)) ? false : undefined;
}
