/**
 * The options of the Python hyper2kvm and what becomes of each here: taken over, always so, refused with a
 * reason, or of no effect. Names and meanings are that tool's (commit c55576d).
 *
 * @module
 */

import type { JobCommand } from "./option.ts";

/** Kinds of work that the Python tool's `cmd` names, without those that only convert files of this host. */
export type ForeignCommand =
  | "vsphere"
  | "azure"
  | "fetch-and-fix"
  | "live-fix"
  | "daemon"
  | "generate-systemd";

/** What becomes of an option. */
export type Verdict =
  /** Taken over, as the keys here name it; how is in `hyper2kvm_values.ts`. */
  | { readonly kind: "taken"; readonly as: string }
  /** What it asks for is always so; a value in `not` asks for the opposite and is refused. */
  | { readonly kind: "always"; readonly why: string; readonly not?: readonly unknown[] }
  /** Fine with these values; any other is refused. */
  | {
    readonly kind: "only";
    readonly values: readonly unknown[];
    readonly reason: string;
    readonly use: string;
  }
  /** Refused when it asks for something. */
  | { readonly kind: "refused"; readonly reason: string; readonly use: string }
  /** Belongs to other kinds of work; without effect in a conversion of files. */
  | { readonly kind: "command"; readonly commands: readonly ForeignCommand[] }
  /** Without effect there and here. */
  | { readonly kind: "ignored"; readonly why: string };

const taken = (as: string): Verdict => ({ kind: "taken", as });
const always = (why: string, not?: readonly unknown[]): Verdict => ({
  kind: "always",
  why,
  ...(not === undefined ? {} : { not }),
});
const only = (values: readonly unknown[], reason: string, use: string): Verdict => ({
  kind: "only",
  values,
  reason,
  use,
});
const refused = (reason: string, use: string): Verdict => ({ kind: "refused", reason, use });
const ignored = (why: string): Verdict => ({ kind: "ignored", why });

function each(keys: string, verdict: Verdict): Record<string, Verdict> {
  return Object.fromEntries(keys.trim().split(/\s+/).map((key) => [key, verdict]));
}

const of = (...commands: ForeignCommand[]): Verdict => ({ kind: "command", commands });

const NO_COPY = "no intermediate image is made: the source is read in place and copied once";
const DEFINITION = "edit the definition (NAME.xml) before it is defined, or with virsh edit";
const WINDOWS =
  "driver_iso with virtio-win.iso, a CD of the machine; win_stage: final once Windows has its drivers";

/** Input, output, and what is done in between. */
const CONVERSION: Readonly<Record<string, Verdict>> = {
  ...each("vmdk ova ovf vhd ami", taken("source")),
  output_dir: taken("output"),
  to_output: taken("disk_name"),
  vm_name: taken("name"),
  out_format: taken("format"),
  compress: taken("compress"),
  compress_level: taken("compress_level"),
  ...each("ova_convert_compress_level payload_convert_compress_level", ignored(NO_COPY)),
  checksum: taken("checksum"),
  report: taken("report"),
  workdir: taken("work_dir"),
  log_file: taken("log_file"),
  verbose: taken("verbose"),
  debug: taken("debug"),
  json: taken("json"),
  dry_run: taken("dry_run"),
  ...each("dump_config dump_args", taken("dump_config")),
  no_backup: taken("backup"),
  ...each("config version", ignored("it means something on a command line only")),
  flatten: always("the output never has a backing file"),
  flatten_format: always(NO_COPY),
  ...each("ova_convert_to_qcow2 ova_convert_compress convert_payload_to_qcow2", always(NO_COPY)),
  ...each("payload_convert_compress", always(NO_COPY)),
  ...each("ova_qcow2_dir payload_qcow2_dir", ignored(NO_COPY)),
  extract_nested_tar: always("an archive inside an archive is read in place", [false]),
  log_virt_filesystems: always("the filesystems are in report.json"),
  print_fstab: always("plan and the report show every changed file before and after"),
  enable_recovery: always("every run can be gone on with"),
  parallel_processing: taken("max_vms"),
  workers: taken("max_vms"),
  v2v_parallel: taken("v2v_concurrency"),
  v2v_concurrency: taken("v2v_concurrency"),
  use_v2v: taken("use_v2v"),
  post_v2v: taken("post_v2v"),
  resize: taken("resize"),
  fstab_mode: taken("fstab_mode"),
  no_grub: refused(
    "a boot menu that names disks as VMware did does not boot",
    "leave it out; plan shows what would be changed, and stable entries are left alone",
  ),
  regen_initramfs: taken("initramfs"),
  remove_vmware_tools: taken("remove_vmware_tools"),
  cloud_init_config: taken("cloud_init_config"),
  ...each("luks_passphrase_env luks_keyfile", taken("luks_key")),
  luks_enable: always("encrypted disks are recognised and opened with the keys that there are"),
  luks_passphrase: refused(
    "a passphrase in a job file is readable for all who read that",
    "luks_passphrase_env",
  ),
  luks_mapper_prefix: always("the guest's own /etc/crypttab names the devices"),
};

/** The machine on KVM and the test that it boots. */
const MACHINE: Readonly<Record<string, Verdict>> = {
  emit_domain_xml: always("NAME.xml is always written"),
  virsh_define: taken("define"),
  keep_domain: taken("define"),
  ...each("libvirt_test qemu_test", taken("boot_proof")),
  timeout: ignored(
    "the boot proof waits until the guest is up, not for a fixed time; --boot-timeout limits it",
  ),
  memory: taken("memory"),
  vcpus: taken("vcpus"),
  ...each("uefi", always("the firmware is the one that the disk boots by")),
  ...each("windows", always("the guest system is recognised from its disks")),
  guest_os: always("the guest system is recognised from its disks"),
  machine: only(["q35"], "the definition is one of a q35 machine", DEFINITION),
  graphics: taken("graphics"),
  headless: taken("graphics"),
  graphics_listen: only(["127.0.0.1"], "the screen listens on 127.0.0.1", DEFINITION),
  video: only(["vga"], "the definition has a VGA card, which every guest has a driver for", DEFINITION),
  disk_cache: only(["none"], "the disks have cache=none", DEFINITION),
  net_model: only(["virtio"], "Linux guests get virtio cards, others e1000e", DEFINITION),
  libvirt_network: taken("network"),
  usb_tablet: always("the definition has a USB tablet", [false]),
  ...each("ovmf_code nvram_vars ovmf_vars_template", {
    kind: "ignored",
    why: "libvirt picks the firmware image of the host",
  }),
  disk_bus: only(
    ["virtio", "scsi"],
    "disks are on virtio-blk or virtio-scsi, those of others on SATA",
    DEFINITION,
  ),
  disk_dev: only(["vda"], "the disks are named in order from vda", DEFINITION),
  clock: only(["utc", "localtime"], "the clock is UTC for Linux and local time for Windows", DEFINITION),
  ...each(
    "cloudinit_iso cloudinit_seed_iso",
    refused("an image that was made elsewhere is not attached", "cloud_init_config with its data"),
  ),
  ...each("win_localtime_clock win_hyperv", always("Windows guests have it in their definition", [false])),
  win_stage: taken("win_stage"),
  ...each("win_driver_iso virtio_win_iso driver_iso", taken("driver_iso")),
  ...each(
    "virtio_drivers_dir virtio_config_path virtio_config_json win_net_override win_net_json",
    refused("nothing is put into Windows guests from a folder or a list", WINDOWS),
  ),
};

/** What other kinds of work read. */
const COMMANDS: Readonly<Record<string, Verdict>> = {
  cmd: taken("cmd"),
  ...each(
    `azure_subscription azure_tenant azure_resource_group azure_vm_names azure_tags azure_power_state
    azure_list_only azure_allow_all_rgs azure_shutdown_mode azure_shutdown_force azure_shutdown_wait
    azure_use_snapshots azure_stage_disk azure_disks azure_consistency azure_tag_resources
    azure_keep_snapshots azure_keep_temp_disks azure_run_tag azure_sas_duration azure_parallel
    azure_chunk_mb azure_resume azure_verify_size azure_strict_verify azure_temp_suffix
    azure_connect_timeout azure_read_timeout azure_retries azure_backoff_base azure_backoff_cap`,
    of("azure"),
  ),
  ...each("daemon watch_dir", of("daemon")),
  systemd_output: of("generate-systemd"),
  ...each("host user port identity ssh_opt", of("fetch-and-fix", "live-fix")),
  ...each("remote fetch_all", of("fetch-and-fix")),
  fetch_dir: ignored("the download goes into the work folder (work_dir) and is removed at the end"),
  sudo: of("live-fix"),
  ...each(
    `govc_url govc_user govc_password govc_password_env govc_insecure govc_datacenter govc_cluster
    govc_folder govc_ds govc_resource_pool govc_stdout_json govc_export_power_off govc_export_shutdown
    govc_export_shutdown_timeout_s govc_export_shutdown_poll_s govc_export_remove_cdroms
    govc_export_show_vm_info govc_max_detail ovftool_path ovftool_no_ssl_verify ovftool_thumbprint
    ovftool_accept_all_eulas ovftool_quiet ovftool_verbose ovftool_overwrite ovftool_disk_mode
    ovftool_retries ovftool_retry_backoff_s ovftool_extra_args ovftool_target_folder
    ovftool_target_resource_pool ovftool_network_map ovftool_power_on ovftool_vm_name ovftool_datastore
    vs_action vcenter vc_user vc_password vc_password_env vc_port vc_insecure dc_name export_mode
    vs_control_plane vs_download_transport vs_v2v vs_vm vs_vms vs_datacenter vs_transport vs_vddk_libdir
    vs_vddk_thumbprint vs_snapshot_moref vs_create_snapshot vs_download_only vs_v2v_concurrency
    vs_v2v_extra_args vs_no_verify vs_include_glob vs_exclude_glob vs_concurrency vs_max_files
    vs_use_async_http vs_fail_on_missing vs_vddk_libdir2 vs_vddk_thumbprint2 vs_no_verify2
    vs_vddk_transports2 vm_name_vsphere name_vsphere label_or_index datastore ds_path local_path
    chunk_size snapshot_name quiesce snapshot_memory snapshot_description enable_cbt device_key disk
    start_offset change_id vs_output_dir source_path`,
    of("vsphere"),
  ),
};

/** Every option of the Python tool, by its key. */
export const HYPER2KVM_OPTIONS: Readonly<Record<string, Verdict>> = {
  ...CONVERSION,
  ...MACHINE,
  ...COMMANDS,
};

/** The values of `cmd` that convert files. */
export const CONVERTING_COMMANDS: readonly string[] = [
  "local",
  "ova",
  "ovf",
  "vhd",
  "raw",
  "ami",
  "fetch-and-fix",
];

/** The values of `cmd` that another command of this program does. */
export const OTHER_COMMANDS: Readonly<Partial<Record<ForeignCommand, JobCommand>>> = {
  "live-fix": "live-fix",
  "daemon": "watch",
  "generate-systemd": "systemd",
};

/** The other values of `cmd`: why a conversion refuses them, and what there is instead. */
export const FOREIGN_COMMANDS: Readonly<
  Partial<Record<ForeignCommand, { readonly reason: string; readonly use: string }>>
> = {
  "vsphere": {
    reason: "it is neither planned nor mixed with other machines",
    use: "hyper2kvm run JOB of a file of its own, with --dry-run to see the VMs; then cmd: local",
  },
  "azure": { reason: "not yet", use: "download the disk as VHD, and use cmd: vhd" },
};
