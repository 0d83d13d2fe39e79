/**
 * The table of commands. It loads nothing: a command's module comes in when the command runs.
 *
 * @module
 */
import type { Command } from "./command.ts";
import { SERVICE_COMMANDS } from "./service_commands.ts";

export type { Command, CommandModule, Example } from "./command.ts";

/** Every command in the order of `--help`. */
export const COMMANDS: readonly Command[] = [
  {
    name: "convert",
    summary: "Convert a machine for KVM and show that it boots",
    usage: "SOURCE… -o DIR [options]",
    about: [
      "The source is never written: fixes go to an overlay, which is copied once into DIR, with a libvirt " +
      "definition and a report beside it. Then the result is booted from a throw-away overlay.",
    ],
    examples: [
      { line: "hyper2kvm convert web-01.vmdk -o out", says: "convert, check and boot it" },
      { line: "hyper2kvm convert os.vmdk data.vmdk -o out --name db", says: "one machine with two disks" },
      {
        line: "hyper2kvm convert web-01.vmdk -o out --define --replace",
        says: "define it in libvirt, too",
      },
    ],
    hasOptions: true,
    load: () => import("./convert.ts"),
  },
  {
    name: "run",
    summary: "Convert what job files say",
    usage: "JOB… [options]",
    about: [
      "A job file holds options in YAML or JSON, and with vms: the machines of a batch. Several files are merged, " +
      "later ones over earlier ones; if each names a source, they are a batch. Job files of the Python hyper2kvm " +
      "run as they are (--cmd NAME where the file has no cmd). The same command again goes on where a run stopped.",
    ],
    examples: [
      { line: "hyper2kvm run job.yaml", says: "the same as hyper2kvm --config job.yaml" },
      { line: "hyper2kvm run batch.yaml --max-vms 2", says: "two machines at a time" },
      { line: "hyper2kvm run job.yaml --dump-config", says: "the options, and where each comes from" },
    ],
    hasOptions: true,
    load: () => import("./run.ts"),
  },
  {
    name: "plan",
    summary: "Show what convert would change, and what is in its way",
    usage: "SOURCE… [-o DIR] [options]",
    about: ["Writes nothing. The exit status is 1 when something blocks the conversion."],
    examples: [
      { line: "hyper2kvm plan web-01.vmdk -o out", says: "steps, concerns and the diff of every guest file" },
      { line: "hyper2kvm plan web-01.vmdk --json | jq .vms[0].concerns", says: "the same for programs" },
    ],
    hasOptions: true,
    load: () => import("./plan.ts"),
  },
  {
    name: "inspect",
    summary: "Show what a source is and which disks it has",
    usage: "SOURCE… [options]",
    about: ["Reads the images from outside; plan looks into the guest as well."],
    examples: [{
      line: "hyper2kvm inspect web-01.vmdk --json",
      says: "format, sizes and files of every disk",
    }],
    hasOptions: true,
    load: () => import("./inspect.ts"),
  },
  {
    name: "fetch",
    summary: "Download a machine from another host over SSH",
    usage: "ssh://[USER@]HOST[:PORT]/PATH… -o DIR [options]",
    about: [
      "The file first, then every file that it names: the disks of a .vmx, the extents of a descriptor. Uses " +
      "the system's ssh with its agent, keys, known_hosts and configuration. A download that was interrupted " +
      "goes on where it stopped when the command is given again.",
    ],
    examples: [
      {
        line: "hyper2kvm fetch ssh://root@esxi/vmfs/volumes/ds/web-01/web-01.vmx -o web-01",
        says: "the machine with all of its disks",
      },
      {
        line: "hyper2kvm fetch ssh://host/vm.vmdk -o vm --ssh-opt=ProxyJump=bastion --jobs 4",
        says: "through another host, four files at once",
      },
    ],
    hasOptions: true,
    load: () => import("./fetch.ts"),
  },
  {
    name: "vsphere",
    summary: "List, export and move the VMs of a vCenter or ESXi host",
    usage: "ACTION --vcenter HOST --user USER [options]",
    about: [
      "Actions: list, show, tree, export, sync, cutover, deploy, cleanup. VMs are named after the action or by --vm.",
      "list, show and tree read only. export writes a folder for each VM into DIR: its disks, and source.json with " +
      "its hardware, which convert takes as SOURCE. A VM that is on is exported by a snapshot, or shut down first " +
      "(--shutdown). An export that was interrupted goes on when the command is given again; with --mode " +
      "datastore it asks only for the bytes that are missing. cleanup removes snapshots of runs that were killed. " +
      "deploy has VMware's ovftool make a VM of an OVA.",
      "sync makes a copy of a VM that goes on running, and each further sync moves what has changed (--restart: " +
      "all of it). cutover shuts the VM down, moves the rest and converts the copy into DIR, or with --linked puts " +
      "the disks on it, which takes no time; it takes the options of convert, too.",
      "convert vsphere://USER@HOST/VM reads a VM that is off in place, without an export.",
      "The certificate of the server is checked: by the system's authorities, --ca or --thumbprint.",
    ],
    examples: [
      {
        line: "hyper2kvm vsphere list --vcenter vc --user me@vsphere.local --password-file pw",
        says: "every VM with its size and state",
      },
      {
        line: "hyper2kvm vsphere export 'web*' -o out --vcenter vc … --password-env PW",
        says: "some of them; then hyper2kvm convert out/web-01/source.json -o kvm",
      },
      { line: "hyper2kvm vsphere sync web-01 -o kvm …", says: "copy it while it runs; again and again" },
      { line: "hyper2kvm vsphere cutover web-01 -o kvm …", says: "then change over to the copy" },
    ],
    hasOptions: true,
    load: () => import("./vsphere.ts"),
  },
  {
    name: "verify",
    summary: "Check a finished image and show that it boots",
    usage: "IMAGE [options]",
    about: ["The image is not written: the boot runs on a throw-away overlay."],
    examples: [
      { line: "hyper2kvm verify out/web-01.qcow2", says: "image check and boot proof" },
      { line: "hyper2kvm verify out/web-01.qcow2 --no-boot-proof", says: "image check only" },
      {
        line: "hyper2kvm verify out/web-01.qcow2 --xml out/web-01.xml --uri qemu:///system",
        says: "as it is defined, started by libvirt",
      },
      { line: "hyper2kvm verify out/web-01.qcow2 --keep-domain", says: "leave its machine in libvirt" },
    ],
    hasOptions: true,
    load: () => import("./verify.ts"),
  },
  {
    name: "live-fix",
    summary: "Fix a Linux guest while it runs, before it is moved",
    usage: "[USER@]HOST [options]",
    about: [
      "The fixes of convert, over SSH: names of disks, GRUB, virtio drivers in the initramfs, names of network cards; " +
      "on request VMware's tools go and the guest agent comes. The guest still boots where it is: what its hardware " +
      "needs there stays. Every file is replaced as a whole or not at all, and its original is kept in the guest " +
      "(/var/lib/hyper2kvm/live-fix). After a lost connection the same command finishes. report.json and report.md go " +
      "to -o DIR, or to live-fix-HOST.",
      "Uses the system's ssh with its agent, keys, known_hosts and configuration, and one connection.",
    ],
    examples: [
      { line: "hyper2kvm live-fix root@web-01 --dry-run", says: "the diff of every file; changes nothing" },
      {
        line: "hyper2kvm live-fix admin@web-01 --sudo --sudo-password-file pw -o web-01",
        says: "through sudo; report.json and report.md in web-01",
      },
      { line: "hyper2kvm live-fix root@web-01 --ssh-opt=ProxyJump=bastion", says: "through another host" },
      { line: "hyper2kvm live-fix root@web-01 --undo", says: "the files of before the last run" },
    ],
    hasOptions: true,
    load: () => import("./live_fix.ts"),
  },
  {
    name: "define",
    summary: "Define a finished machine in libvirt",
    usage: "IMAGE|REPORT [--uri URI] [options]",
    about: [
      "REPORT is the report.json of a conversion, or its folder: its machines are defined as they were found. An " +
      "image that a report beside it names is the machine of that report; of another image only the firmware is " +
      "known. The disks stay where they are, or are put into a storage pool, through the connection when libvirt is " +
      "on another host (qemu+ssh://HOST/system, qemu+tls://HOST/system).",
    ],
    examples: [
      { line: "hyper2kvm define out", says: "the machines of a conversion, on this host" },
      {
        line: "hyper2kvm define out --uri qemu+ssh://root@kvm1/system --pool default",
        says: "on another host, with its disks",
      },
      {
        line: "hyper2kvm define out --network 'VM Network:lan' --bridge DMZ:br1",
        says: "cards by the network that they were on",
      },
    ],
    hasOptions: true,
    load: () => import("./define.ts"),
  },
  {
    name: "doctor",
    summary: "Show which tools and libraries this host has",
    usage: "[vsphere --vcenter HOST --user USER] [options]",
    about: [
      "The exit status is 5 when something that a conversion needs is missing. doctor vsphere asks a vCenter or an " +
      "ESXi host which privileges the user has on its VMs, for each mode of export and each action; it takes the " +
      "options of hyper2kvm vsphere, and ends with 3 when one is missing.",
    ],
    examples: [
      { line: "hyper2kvm doctor", says: "tools, libraries, KVM, and what to install" },
      {
        line: "hyper2kvm doctor vsphere 'web*' --vcenter vc --user me …",
        says: "what this user may do with these VMs",
      },
    ],
    hasOptions: true,
    load: () => import("./doctor.ts"),
  },
  {
    name: "status",
    summary: "Show how far the runs in a folder are",
    usage: "DIR [options]",
    about: [
      "The exit status is 0 when every machine is finished or at work, 1 when one failed or was stopped.",
    ],
    examples: [{ line: "hyper2kvm status out", says: "machines, steps, and what the same command would do" }],
    hasOptions: true,
    load: () => import("./status.ts"),
  },
  ...SERVICE_COMMANDS,
  {
    name: "schema",
    summary: "Print the JSON Schema of job files, reports or progress",
    usage: "[job|report|events]",
    about: ["job: job files. report: report.json. events: the lines of --progress json."],
    examples: [
      { line: "hyper2kvm schema > hyper2kvm.schema.json", says: "for editors" },
      { line: "hyper2kvm schema report", says: "for programs that read report.json" },
    ],
    hasOptions: false,
    load: () => import("./schema.ts"),
  },
  {
    name: "completions",
    summary: "Print a completion script for a shell",
    usage: "bash|zsh|fish",
    about: [],
    examples: [
      { line: "source <(hyper2kvm completions bash)", says: "for this shell" },
      {
        line: "hyper2kvm completions fish > ~/.config/fish/completions/hyper2kvm.fish",
        says: "for every fish",
      },
    ],
    hasOptions: false,
    load: () => import("./completions.ts"),
  },
  {
    name: "man",
    summary: "Print the manual page",
    usage: "",
    about: [],
    examples: [{ line: "hyper2kvm man | man -l -", says: "read it" }],
    hasOptions: false,
    load: () => import("./man.ts"),
  },
  {
    name: "version",
    summary: "Print the version",
    usage: "",
    about: [],
    examples: [{ line: "hyper2kvm version", says: "the same as --version" }],
    hasOptions: false,
    load: () => import("./version.ts"),
  },
];
