/**
 * `cmd: vsphere` in a job file of the Python hyper2kvm: each `vs_action` as the command of ours that does it.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";

/** The options of such a job. */
export type ForeignValues = Readonly<Record<string, unknown>>;

/** What runs instead. */
export interface VsphereCommand {
  /** Arguments of `hyper2kvm vsphere`: the action, then flags. */
  readonly args: readonly string[];
  /** What has no effect, or another one: a sentence each. */
  readonly warnings: readonly string[];
}

/** The action of ours, the flags that it always has, and what is different. */
interface ActionRow {
  readonly action: "list" | "show" | "export" | "sync" | "deploy";
  readonly flags?: readonly string[];
  /** Whether `export_mode`, `vs_v2v` and `vs_download_only` choose the mode. */
  readonly modeByKeys?: true;
  readonly differs?: string;
}

const ONE_DISK = "every disk of the VM is exported, not one";
const BY_SYNC = "sync does it by itself: snapshot, change tracking and changed areas are steps of it";

/** Every action of the Python tool. */
export const VS_ACTIONS: Readonly<Record<string, ActionRow>> = {
  list_vm_names: { action: "list" },
  get_vm_by_name: { action: "show" },
  vm_disks: { action: "show" },
  select_disk: { action: "show", differs: "show prints every disk of the VM" },
  download_datastore_file: { action: "export", flags: ["--mode", "download-only"] },
  download_vm_disk: { action: "export", flags: ["--mode", "datastore"], differs: ONE_DISK },
  download_only_vm: { action: "export", flags: ["--mode", "download-only"] },
  vddk_download_disk: { action: "export", flags: ["--mode", "vddk"], differs: ONE_DISK },
  nfc_download_disk: { action: "export", flags: ["--mode", "nfc"], differs: ONE_DISK },
  create_snapshot: { action: "sync", differs: BY_SYNC },
  enable_cbt: { action: "sync", differs: BY_SYNC },
  query_changed_disk_areas: { action: "sync", differs: BY_SYNC },
  cbt_sync: { action: "sync" },
  export: { action: "export", modeByKeys: true },
  export_vm: { action: "export", modeByKeys: true },
  ovftool_export: { action: "export", flags: ["--mode", "ovftool"] },
  ovftool_deploy: { action: "deploy" },
};

const EXPORT_MODES: Readonly<Record<string, string>> = {
  ovf_export: "nfc",
  ova_export: "nfc",
  ovftool_export: "ovftool",
  auto: "auto",
};

const NO_OVA = "export_mode: ova_export: the OVF package is left as a folder, not packed into an OVA";

/** Keys that are a flag of ours with the same value; lists are repeated. */
const FLAGS: Readonly<Record<string, string>> = {
  vc_user: "--user",
  vc_password_env: "--password-env",
  vs_vm: "--vm",
  vs_vms: "--vm",
  vm_name_vsphere: "--vm",
  name_vsphere: "--vm",
  vs_output_dir: "--output",
  vs_vddk_libdir: "--vddk-libdir",
  vs_vddk_libdir2: "--vddk-libdir",
  vs_vddk_transports2: "--vddk-transports",
  vs_v2v_concurrency: "--v2v-concurrency",
  vs_v2v_extra_args: "--v2v-arg",
  ovftool_vm_name: "--vm",
  ovftool_thumbprint: "--thumbprint",
  ovftool_target_resource_pool: "--deploy-to",
  ovftool_datastore: "--deploy-datastore",
  govc_export_shutdown_timeout_s: "--shutdown-timeout",
  log_file: "--log-file",
  vs_include_glob: "--include",
  vs_exclude_glob: "--exclude",
  vs_max_files: "--max-files",
  ovftool_extra_args: "--ovftool-arg",
  source_path: "--ova",
};

/** Flags that may be repeated. */
const LISTS: ReadonlySet<string> = new Set(["--vm", "--include", "--exclude", "--ovftool-arg", "--v2v-arg"]);

/** Keys that become an argument of ovftool. */
const OVFTOOL_FLAGS: Readonly<Record<string, string>> = {
  ovftool_disk_mode: "--diskMode=",
  ovftool_target_folder: "--vmFolder=",
  ovftool_network_map: "--net:",
};

/** Switches of ours. */
const SWITCHES: Readonly<Record<string, string>> = {
  vc_insecure: "--insecure",
  govc_insecure: "--insecure",
  ovftool_no_ssl_verify: "--insecure",
  quiesce: "--quiesce",
  ovftool_overwrite: "--force",
  ovftool_power_on: "--ovftool-arg=--powerOn",
  govc_export_shutdown: "--shutdown=guest",
  govc_export_power_off: "--shutdown=hard",
  verbose: "--verbose",
  debug: "--debug",
  json: "--json",
};

/** Keys that say nothing here, each with why. */
const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  dc_name: "a VM is named by its name, or by its path with the datacenter in it",
  vs_datacenter: "a VM is named by its name, or by its path with the datacenter in it",
  vs_vddk_thumbprint: "the thumbprint is read from the server that was checked",
  vs_vddk_thumbprint2: "the thumbprint is read from the server that was checked",
  vs_concurrency: "--streams says how many connections a disk gets",
  vs_fail_on_missing: "a file that is missing is always a failure",
  ovftool_accept_all_eulas: "they are accepted",
  ovftool_path: "ovftool is found on the PATH",
  govc_datacenter: "a VM is named by its name, or by its path with the datacenter in it",
  vs_control_plane: "the program speaks to vSphere itself",
  vs_download_transport: "--mode says how disks leave the server",
  vs_use_async_http: "downloads always run side by side",
  vs_create_snapshot: "a VM that is on is exported from a snapshot without being told",
  vs_snapshot_moref: "a snapshot is made for the export and removed after it",
};

/** Keys of the job that belong to every command or are read here. */
const TAKEN: ReadonlySet<string> = new Set([
  ...["cmd", "command", "vs_action", "vcenter", "vc_port", "export_mode", "vs_v2v", "vs_transport"],
  ...[
    "vs_download_only",
    "output_dir",
    "vs_no_verify",
    "vs_no_verify2",
    "dry_run",
    "dump_config",
    "dump_args",
  ],
]);

/** What says the same where the first is not given: govc has its own keys for the login. */
const INSTEAD: Readonly<Record<string, string>> = {
  vcenter: "govc_url",
  vc_user: "govc_user",
  vc_password: "govc_password",
  vc_password_env: "govc_password_env",
};

/**
 * The commands for a job: one, or one for each of its `vms`, with what all of them share below their own keys.
 *
 * @throws {MigrateError} `config/bad-file`
 */
export function vsphereCommands({ vms, ...shared }: ForeignValues): readonly VsphereCommand[] {
  if (!isGiven(vms)) return [vsphereCommand(shared)];
  if (!Array.isArray(vms) || !vms.every((one) => typeof one === "object" && one !== null)) {
    throw new MigrateError("config/bad-file", "Cannot run the job: vms is no list of machines.", {
      hint: "Write the options of each machine after a dash: - vs_vm: web-01",
    });
  }
  return vms.map((own) => vsphereCommand({ ...shared, ...own }));
}

/**
 * The command for one set of keys.
 *
 * @throws {MigrateError} `config/bad-file` for an action that there is not, or a password in the file
 */
export function vsphereCommand(given: ForeignValues): VsphereCommand {
  const values = withLogin(given);
  const { name, row: asked } = actionOf(values);
  const row = isGiven(values["dry_run"]) ? dryRow(name, asked) : asked;
  refusePassword(values);
  const warnings = row.differs === undefined ? [] : [`vs_action: ${name}: ${row.differs}`];
  const args: string[] = [row.action, ...serverFlags(values), ...(row.flags ?? [])];
  const mode = row.modeByKeys ? modeFlags(values) : [];
  if (mode.includes("nfc") && values["export_mode"] === "ova_export") warnings.push(NO_OVA);
  args.push(...mode);
  for (const [key, value] of Object.entries(values)) {
    if (!isGiven(value) || TAKEN.has(key)) continue;
    const flags = flagsFor(key, value);
    args.push(...flags.filter((flag) => !args.includes(flag)));
    if (flags.length > 0) continue;
    const why = WITHOUT_EFFECT[key] ?? `vsphere ${row.action} does not need it`;
    warnings.push(`${key} has no effect: ${why}`);
  }
  if (name === "download_datastore_file" && !args.some((flag) => flag.startsWith("--vm="))) {
    throw new MigrateError("config/bad-file", "Cannot run the job: download_datastore_file names no VM.", {
      hint: "Files are taken by their VM: add vs_vm, and vs_include_glob with the name of the file.",
    });
  }
  const folder = values["output_dir"];
  if (isGiven(folder) && !isGiven(values["vs_output_dir"])) args.push(`--output=${folder}`);
  return { args, warnings };
}

/** What only reads: the machines, their disks, and what stands in the way of an export. */
function dryRow(name: string, row: ActionRow): ActionRow {
  if (row.action === "list" || row.action === "show") return row;
  if (row.action !== "deploy") return { ...row, action: "show", differs: "dry_run: the machines are shown" };
  throw new MigrateError("config/bad-file", `Cannot run the job: ${name} with dry_run has nothing to show.`, {
    hint: "Leave one of them out.",
  });
}

function flagsFor(key: string, value: unknown): string[] {
  const [flag, ovftool, onOff] = [FLAGS[key], OVFTOOL_FLAGS[key], SWITCHES[key]];
  if (flag !== undefined) {
    return (LISTS.has(flag) ? textsOf(value) : [String(value)]).map((text) => `${flag}=${text}`);
  }
  if (ovftool !== undefined) return textsOf(value).map((text) => `--ovftool-arg=${ovftool}${text}`);
  return onOff === undefined ? [] : [onOff];
}

function actionOf(values: ForeignValues): { readonly name: string; readonly row: ActionRow } {
  const name = String(values["vs_action"] ?? "export_vm");
  const row = VS_ACTIONS[name];
  if (row !== undefined) return { name, row };
  throw new MigrateError("config/bad-file", `Cannot run the job: there is no vs_action ${name}.`, {
    hint: `Actions: ${Object.keys(VS_ACTIONS).join(", ")}.`,
  });
}

function refusePassword(values: ForeignValues): void {
  if (!isGiven(values["vc_password"])) return;
  throw new MigrateError(
    "config/bad-file",
    "Cannot run the job: vc_password is readable for all who read it.",
    { hint: "Put the password into a variable and name it with vc_password_env." },
  );
}

/** The values with the login under one set of keys. */
function withLogin(values: ForeignValues): ForeignValues {
  const login: Record<string, unknown> = { ...values };
  for (const [key, other] of Object.entries(INSTEAD)) {
    if (!isGiven(login[key]) && isGiven(login[other])) login[key] = login[other];
    delete login[other];
  }
  // A URL such as https://vc.example/sdk is fine for govc.
  if (typeof login.vcenter === "string") {
    login.vcenter = login.vcenter.replace(/^https?:\/\/(?:[^@/]*@)?/, "").replace(/\/.*$/, "");
  }
  return login;
}

function serverFlags(values: ForeignValues): string[] {
  const { vcenter, vc_port: port } = values;
  if (!isGiven(vcenter)) return [];
  const isOther = isGiven(port) && Number(port) !== 443;
  return [`--vcenter=${vcenter}${isOther ? `:${port}` : ""}`];
}

function modeFlags(values: ForeignValues): string[] {
  if (isGiven(values["vs_v2v"])) {
    const transport = values["vs_transport"];
    return ["--mode", "v2v", ...(isGiven(transport) ? ["--v2v-transport", String(transport)] : [])];
  }
  if (isGiven(values["vs_download_only"])) return ["--mode", "download-only"];
  const mode = EXPORT_MODES[String(values["export_mode"] ?? "auto")];
  return mode === undefined || mode === "auto" ? [] : ["--mode", mode];
}

/** Whether a value asks for something; `no` and `off` are booleans of YAML 1.1, which that tool reads. */
const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== "" && value !== false &&
  !(typeof value === "string" && /^(no|off|false)$/i.test(value)) &&
  !(Array.isArray(value) && value.length === 0);

/** A list, or the parts of a text at its commas. */
function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : String(value).split(",").map((part) => part.trim());
}
