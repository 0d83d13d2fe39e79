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
  vs_include_glob: "--include",
  vs_exclude_glob: "--exclude",
  vs_max_files: "--max-files",
  ovftool_extra_args: "--ovftool-arg",
  source_path: "--ova",
};

/** Switches of ours. */
const SWITCHES: Readonly<Record<string, string>> = {
  vc_insecure: "--insecure",
  quiesce: "--quiesce",
  ovftool_overwrite: "--force",
};

/** Keys that say nothing here, each with why. */
const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  dc_name: "a VM is named by its name, or by its path with the datacenter in it",
  vs_datacenter: "a VM is named by its name, or by its path with the datacenter in it",
  vs_vddk_thumbprint: "the thumbprint is read from the server that was checked",
  vs_vddk_thumbprint2: "the thumbprint is read from the server that was checked",
  vs_control_plane: "the program speaks to vSphere itself",
  vs_download_transport: "--mode says how disks leave the server",
  vs_use_async_http: "downloads always run side by side",
  vs_create_snapshot: "a VM that is on is exported from a snapshot without being told",
  vs_snapshot_moref: "a snapshot is made for the export and removed after it",
};

/** Keys of the job that belong to every command or are read here. */
const TAKEN = new Set(["cmd", "command", "vs_action", "vcenter", "vc_port", "export_mode", "vs_v2v"]);
const TAKEN_TOO = new Set([
  "vs_transport",
  "vs_download_only",
  "output_dir",
  "vs_no_verify",
  "vs_no_verify2",
]);

/**
 * The command for a job.
 *
 * @throws {MigrateError} `config/bad-file` for an action that there is not, or a password in the file
 */
export function vsphereCommand(values: ForeignValues): VsphereCommand {
  const name = String(values["vs_action"] ?? "export_vm");
  const row = VS_ACTIONS[name];
  if (row === undefined) {
    throw new MigrateError("config/bad-file", `Cannot run the job: there is no vs_action ${name}.`, {
      hint: `Actions: ${Object.keys(VS_ACTIONS).join(", ")}.`,
    });
  }
  if (isGiven(values["vc_password"])) {
    throw new MigrateError(
      "config/bad-file",
      "Cannot run the job: vc_password is readable for all who read it.",
      {
        hint: "Put the password into a variable and name it with vc_password_env.",
      },
    );
  }
  const warnings = row.differs === undefined ? [] : [`vs_action: ${name}: ${row.differs}`];
  const args: string[] = [row.action, ...serverFlags(values), ...(row.flags ?? [])];
  if (row.modeByKeys) args.push(...modeFlags(values));
  for (const [key, value] of Object.entries(values)) {
    if (!isGiven(value) || TAKEN.has(key) || TAKEN_TOO.has(key)) continue;
    const [flag, onOff] = [FLAGS[key], SWITCHES[key]];
    if (flag !== undefined) args.push(...textsOf(value).map((text) => `${flag}=${text}`));
    else if (onOff !== undefined) args.push(onOff);
    else {warnings.push(
        `${key} has no effect: ${WITHOUT_EFFECT[key] ?? `vsphere ${row.action} does not need it`}`,
      );}
  }
  const folder = values["output_dir"];
  if (isGiven(folder) && !isGiven(values["vs_output_dir"])) args.push(`--output=${folder}`);
  return { args, warnings };
}

function serverFlags(values: ForeignValues): string[] {
  const { vcenter, vc_port: port } = values;
  if (!isGiven(vcenter)) return [];
  const isOther = isGiven(port) && Number(port) !== 443;
  return [`--vcenter=${vcenter}${isOther ? `:${port}` : ""}`];
}

function modeFlags(values: ForeignValues): string[] {
  if (values["vs_v2v"] === true) {
    return ["--mode", "v2v", ...(values["vs_transport"] === "vddk" ? ["--v2v-transport", "vddk"] : [])];
  }
  if (values["vs_download_only"] === true) return ["--mode", "download-only"];
  const mode = EXPORT_MODES[String(values["export_mode"] ?? "auto")];
  return mode === undefined || mode === "auto" ? [] : ["--mode", mode];
}

const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== "" && value !== false &&
  !(Array.isArray(value) && value.length === 0);

/** A list, or the parts of a text at its commas. */
function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : String(value).split(",").map((part) => part.trim());
}
