/**
 * The options that say what is changed in the guest: a part of the schema.
 *
 * @module
 */
import * as z from "zod";
import { FSTAB_MODES } from "../../fix/linux/fstab.ts";
import { MAC, NIC_MAPPING } from "../../guest/nic_choices.ts";
import { LUKS_KEY } from "../../guest/luks_keys.ts";
import { RESIZE } from "../../disk/resize.ts";
import { FIXING, flag, option, path, PIPELINE } from "../option.ts";

/** The options, each with its metadata. */
export const guestOptions = {
  fstab_mode: option(z.enum(FSTAB_MODES).default("stabilize-all"), {
    group: "Guest",
    help: "Lines of /etc/fstab that get UUIDs: all that name a disk, only those by path, or none.",
    commands: FIXING,
  }),
  initramfs: option(z.enum(["augment", "rebuild", "off"]).default("augment"), {
    group: "Guest",
    help: "An initramfs without virtio drivers gets them added, or is rebuilt by the guest's own program.",
    commands: FIXING,
  }),
  skip_fix: option(z.array(z.string().min(1)).default([]), {
    group: "Guest",
    help: "Leave out one fix by its name, as the report gives it; may be repeated.",
    commands: FIXING,
    value: "FIX",
  }),
  network_policy: option(z.enum(["keep", "dhcp", "rename"]).default("keep"), {
    group: "Guest",
    help: "Keep names and addresses of network cards, take addresses from DHCP, or name cards anew.",
    commands: FIXING,
  }),
  mac: option(z.array(z.string().regex(MAC, "a MAC address")).default([]), {
    group: "Guest",
    help: "MAC address of the first network card; repeat it for the next ones.",
    commands: PIPELINE,
    value: "MAC",
  }),
  nic_map: option(z.array(z.string().regex(NIC_MAPPING, "NAME=MAC")).default([]), {
    group: "Guest",
    help: "The guest's interface NAME is the card with this MAC address; may be repeated.",
    commands: FIXING,
    value: "NAME=MAC",
  }),
  remove_vmware_tools: option(flag(), {
    group: "Guest",
    help: "Remove the tools of VMware, VirtualBox, Hyper-V or Parallels from the guest.",
    commands: FIXING,
  }),
  install_guest_agent: option(flag(), {
    group: "Guest",
    help: "Let the guest install qemu-guest-agent: at its first boot, with live-fix at once.",
    commands: FIXING,
  }),
  reset_machine_id: option(flag(), {
    group: "Guest",
    help: "Let the guest make a new machine id at its first boot.",
    commands: PIPELINE,
  }),
  first_boot: option(z.array(path()).default([]), {
    group: "Guest",
    help: "A script that the guest runs once, when it first boots; may be repeated.",
    commands: PIPELINE,
    value: "FILE",
    completes: "file",
  }),
  cloud_init_config: option(path().optional(), {
    group: "Guest",
    help: "Data for cloud-init: a cloud-config, or user-data, meta-data and network-config, as YAML or JSON.",
    commands: PIPELINE,
    value: "FILE",
    completes: "file",
  }),
  cloud_init_seed: option(z.enum(["guest", "iso"]).default("guest"), {
    group: "Guest",
    help: "Where that data goes: into the guest, or into NAME-seed.iso, a CD of the machine.",
    commands: PIPELINE,
  }),
  resize: option(z.string().regex(RESIZE, "+10G, 50G or 2:+10G").optional(), {
    group: "Guest",
    help: "Enlarge the first disk (or disk N) by +SIZE or to SIZE, with what its last partition holds.",
    commands: PIPELINE,
    value: "[N:][+]SIZE",
  }),
  check_filesystems: option(flag(), {
    group: "Guest",
    help: "Check the filesystems before and after the fixes, without repairing anything.",
    commands: PIPELINE,
  }),
  root: option(
    z.string().regex(/^(\/dev\/|UUID=|btrfsvol:\/dev\/)./, "a device, UUID=… or btrfsvol:DEVICE/SUBVOLUME")
      .optional(),
    {
      group: "Guest",
      help: "The root filesystem, where the disks hold several systems.",
      commands: PIPELINE,
      value: "DEV",
    },
  ),
  luks_key: option(
    z.array(z.string().regex(LUKS_KEY, "DEV=file:PATH, =env:VARIABLE or =keyfile:PATH")).default([]),
    {
      group: "Guest",
      help:
        "Open an encrypted volume (DEV or all); KEY is file:PATH, env:VARIABLE or keyfile:PATH; may be repeated.",
      commands: [...PIPELINE, "verify"],
      value: "DEV=KEY",
      secret: true,
    },
  ),
  backup: option(z.boolean().default(true), {
    group: "Guest",
    help: "Leave no copies of edited files in the guest.",
    commands: PIPELINE,
    negated: true,
  }),
} as const;
