/**
 * The libguestfs actions that this project uses, as data. The source is guestfs.h of libguestfs 1.48, which
 * `scripts/check_guestfs.ts` compares with every row: types, order and names of optional arguments, results.
 *
 * @module
 */

/** How one C argument is passed. `bytes` is two in C: `const char *` and `size_t`. */
export type ArgKind = "string" | "int" | "int64" | "bool" | "strings" | "bytes";

/** How one optional argument is passed. */
export type OptionKind = Exclude<ArgKind, "bytes">;

/** How the C result is read, and how a failure shows (-1 or NULL). `hash` is a `char **` of names and values. */
export type ResultKind =
  | "status"
  | "bool"
  | "int"
  | "int64"
  | "string"
  | "strings"
  | "hash"
  | "bytes"
  | StructName
  | StructListName;

/** How one member of a C struct is read; each takes 8 bytes. */
export type FieldKind = "int64" | "uint64" | "string";

/** One row of the table. */
export interface Action {
  /** Arguments, in order. */
  readonly args: readonly ArgKind[];
  /** The result. */
  readonly result: ResultKind;
  /** Optional arguments, in the order of their bits. */
  readonly opts?: Readonly<Record<string, OptionKind>>;
}

/** The C structs that actions return (`struct guestfs_NAME`), with their members in order. */
export const STRUCTS = {
  btrfssubvolume: {
    btrfssubvolume_id: "uint64",
    btrfssubvolume_top_level_id: "uint64",
    btrfssubvolume_path: "string",
  },
  version: { major: "int64", minor: "int64", release: "int64", extra: "string" },
  statns: {
    st_dev: "int64",
    st_ino: "int64",
    st_mode: "int64",
    st_nlink: "int64",
    st_uid: "int64",
    st_gid: "int64",
    st_rdev: "int64",
    st_size: "int64",
    st_blksize: "int64",
    st_blocks: "int64",
    st_atime_sec: "int64",
    st_atime_nsec: "int64",
    st_mtime_sec: "int64",
    st_mtime_nsec: "int64",
    st_ctime_sec: "int64",
    st_ctime_nsec: "int64",
  },
  statvfs: {
    bsize: "int64",
    frsize: "int64",
    blocks: "int64",
    bfree: "int64",
    bavail: "int64",
    files: "int64",
    ffree: "int64",
    favail: "int64",
    fsid: "int64",
    flag: "int64",
  },
} as const satisfies Record<string, Readonly<Record<string, FieldKind>>>;

/** The name of a C struct, without `guestfs_`. */
export type StructName = keyof typeof STRUCTS;

/** The lists of C structs that actions return (`struct guestfs_NAME`), and what each is a list of. */
export const STRUCT_LISTS = {
  btrfssubvolume_list: "btrfssubvolume",
} as const satisfies Record<string, StructName>;

/** The name of a C list of structs, without `guestfs_`. */
export type StructListName = keyof typeof STRUCT_LISTS;

/** Settings of the handle and the appliance: no appliance is needed for these. */
const SETUP = {
  add_drive_opts: {
    args: ["string"],
    opts: {
      readonly: "bool",
      format: "string",
      iface: "string",
      name: "string",
      label: "string",
      protocol: "string",
      server: "strings",
      username: "string",
      secret: "string",
      cachemode: "string",
      discard: "string",
      copyonread: "bool",
      blocksize: "int",
    },
    result: "status",
  },
  config: { args: ["string", "string"], result: "status" },
  get_hv: { args: [], result: "string" },
  get_pid: { args: [], result: "int" },
  launch: { args: [], result: "status" },
  parse_environment_list: { args: ["strings"], result: "status" },
  set_append: { args: ["string"], result: "status" },
  set_autosync: { args: ["bool"], result: "status" },
  set_backend: { args: ["string"], result: "status" },
  set_backend_settings: { args: ["strings"], result: "status" },
  set_cachedir: { args: ["string"], result: "status" },
  set_hv: { args: ["string"], result: "status" },
  set_memsize: { args: ["int"], result: "status" },
  set_network: { args: ["bool"], result: "status" },
  set_path: { args: ["string"], result: "status" },
  set_pgroup: { args: ["bool"], result: "status" },
  set_recovery_proc: { args: ["bool"], result: "status" },
  set_smp: { args: ["int"], result: "status" },
  set_tmpdir: { args: ["string"], result: "status" },
  set_trace: { args: ["bool"], result: "status" },
  set_verbose: { args: ["bool"], result: "status" },
  shutdown: { args: [], result: "status" },
  version: { args: [], result: "version" },
} as const satisfies Record<string, Action>;

/** Devices, partitions, volumes, filesystems. */
const DEVICES = {
  blkid: { args: ["string"], result: "hash" },
  btrfs_subvolume_get_default: { args: ["string"], result: "int64" },
  btrfs_subvolume_list: { args: ["string"], result: "btrfssubvolume_list" },
  blockdev_getsize64: { args: ["string"], result: "int64" },
  cryptsetup_close: { args: ["string"], result: "status" },
  cryptsetup_open: {
    args: ["string", "string", "string"],
    opts: { readonly: "bool", crypttype: "string" },
    result: "status",
  },
  debug: { args: ["string", "strings"], result: "string" },
  fstrim: {
    args: ["string"],
    opts: { offset: "int64", length: "int64", minimumfreeextent: "int64" },
    result: "status",
  },
  inspect_get_mountpoints: { args: ["string"], result: "hash" },
  inspect_os: { args: [], result: "strings" },
  list_devices: { args: [], result: "strings" },
  list_filesystems: { args: [], result: "hash" },
  list_md_devices: { args: [], result: "strings" },
  list_partitions: { args: [], result: "strings" },
  lvm_scan: { args: ["bool"], result: "status" },
  lvs: { args: [], result: "strings" },
  mount: { args: ["string", "string"], result: "status" },
  mount_options: { args: ["string", "string", "string"], result: "status" },
  mount_ro: { args: ["string", "string"], result: "status" },
  mountpoints: { args: [], result: "hash" },
  part_get_gpt_guid: { args: ["string", "int"], result: "string" },
  part_get_gpt_type: { args: ["string", "int"], result: "string" },
  part_get_mbr_id: { args: ["string", "int"], result: "int" },
  part_get_parttype: { args: ["string"], result: "string" },
  part_to_dev: { args: ["string"], result: "string" },
  part_to_partnum: { args: ["string"], result: "int" },
  pread_device: { args: ["string", "int", "int64"], result: "bytes" },
  pvs: { args: [], result: "strings" },
  sync: { args: [], result: "status" },
  umount_all: { args: [], result: "status" },
  vfs_label: { args: ["string"], result: "string" },
  vfs_type: { args: ["string"], result: "string" },
  vfs_uuid: { args: ["string"], result: "string" },
} as const satisfies Record<string, Action>;

/** Files of the mounted guest, and commands in it. */
const FILES = {
  cat: { args: ["string"], result: "string" },
  chmod: { args: ["int", "string"], result: "status" },
  chown: { args: ["int", "int", "string"], result: "status" },
  command: { args: ["strings"], result: "string" },
  cp: { args: ["string", "string"], result: "status" },
  cp_a: { args: ["string", "string"], result: "status" },
  download: { args: ["string", "string"], result: "status" },
  exists: { args: ["string"], result: "bool" },
  filesize: { args: ["string"], result: "int64" },
  find0: { args: ["string", "string"], result: "status" },
  glob_expand: { args: ["string"], result: "strings" },
  is_dir: { args: ["string"], result: "bool" },
  is_file: { args: ["string"], result: "bool" },
  lgetxattr: { args: ["string", "string"], result: "bytes" },
  ln_s: { args: ["string", "string"], result: "status" },
  ln_sf: { args: ["string", "string"], result: "status" },
  ls: { args: ["string"], result: "strings" },
  lsetxattr: { args: ["string", "string", "int", "string"], result: "status" },
  lstatns: { args: ["string"], result: "statns" },
  mkdir_mode: { args: ["string", "int"], result: "status" },
  mkdir_p: { args: ["string"], result: "status" },
  pread: { args: ["string", "int", "int64"], result: "bytes" },
  pwrite: { args: ["string", "bytes", "int64"], result: "int" },
  read_file: { args: ["string"], result: "bytes" },
  readlink: { args: ["string"], result: "string" },
  realpath: { args: ["string"], result: "string" },
  rename: { args: ["string", "string"], result: "status" },
  rm_f: { args: ["string"], result: "status" },
  sh: { args: ["string"], result: "string" },
  statns: { args: ["string"], result: "statns" },
  statvfs: { args: ["string"], result: "statvfs" },
  tar_out_opts: {
    args: ["string", "string"],
    opts: {
      compress: "string",
      numericowner: "bool",
      excludes: "strings",
      xattrs: "bool",
      selinux: "bool",
      acls: "bool",
    },
    result: "status",
  },
  truncate_size: { args: ["string", "int64"], result: "status" },
  upload: { args: ["string", "string"], result: "status" },
  upload_offset: { args: ["string", "string", "int64"], result: "status" },
  write: { args: ["string", "bytes"], result: "status" },
  write_append: { args: ["string", "bytes"], result: "status" },
} as const satisfies Record<string, Action>;

/** Every action in use, by its name without `guestfs_`. */
export const ACTIONS = { ...SETUP, ...DEVICES, ...FILES } as const;

/** The name of an action. */
export type ActionName = keyof typeof ACTIONS;

interface ArgTypes {
  string: string;
  int: number;
  int64: number | bigint;
  bool: boolean;
  strings: readonly string[];
  bytes: Uint8Array;
}

type StructType<S extends StructName> = {
  readonly [F in keyof (typeof STRUCTS)[S]]: (typeof STRUCTS)[S][F] extends "string" ? string : number;
};

interface ResultTypes extends Record<StructName | StructListName, unknown> {
  status: void;
  bool: boolean;
  int: number;
  int64: number;
  string: string;
  strings: readonly string[];
  hash: Readonly<Record<string, string>>;
  bytes: Uint8Array<ArrayBuffer>;
  version: StructType<"version">;
  statns: StructType<"statns">;
  statvfs: StructType<"statvfs">;
  btrfssubvolume: StructType<"btrfssubvolume">;
  btrfssubvolume_list: readonly StructType<"btrfssubvolume">[];
}

type Tuple<A extends readonly ArgKind[]> = { -readonly [I in keyof A]: ArgTypes[A[I]] };
type Options<N extends ActionName> = (typeof ACTIONS)[N] extends
  { opts: infer O extends Record<string, ArgKind> } ? [options?: { readonly [K in keyof O]?: ArgTypes[O[K]] }]
  : [];

/** Arguments of an action; the optional ones come last, as one object. */
export type ActionArgs<N extends ActionName> = [...Tuple<(typeof ACTIONS)[N]["args"]>, ...Options<N>];

/** Result of an action. 64-bit integers are numbers, exact to 2^53. */
export type ActionResult<N extends ActionName> = ResultTypes[(typeof ACTIONS)[N]["result"]];
