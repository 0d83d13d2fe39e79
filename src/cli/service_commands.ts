/**
 * The commands that put the program into a system: confined runs, a watched folder, units, installation. A part of the
 * table of commands.
 *
 * @module
 */
import type { Command } from "./command.ts";

/** The commands, in the order of `--help`. */
export const SERVICE_COMMANDS: readonly Command[] = [
  {
    name: "sandbox",
    summary: "Run a job with what it needs and nothing else",
    usage: "JOB|SOURCE… [-o DIR] [options]",
    about: [
      "Computes what the job reads, writes and reaches, prints it with the Deno permissions that follow from it, and " +
      "runs the job in bubblewrap: the source is read-only, only the output and the work folder can be written, and " +
      "there is no network unless the source or libvirt is on another host.",
    ],
    examples: [
      { line: "hyper2kvm sandbox web-01.vmdk -o out", says: "convert, confined" },
      { line: "hyper2kvm sandbox job.yaml --explain", says: "what it would be allowed, and the command" },
    ],
    hasOptions: true,
    load: () => import("./sandbox.ts"),
  },
  {
    name: "watch",
    summary: "Convert whatever arrives in a folder",
    usage: "DIR --job TEMPLATE [options]",
    about: [
      "Disks, OVAs, machines (a VMX, an OVF or an export with the disks that it names) and job files are converted " +
      "when they are complete, each into a folder of its own in the output folder; then they go to done/ or failed/. " +
      "web.vmdk.yaml or web.yaml beside web.vmdk has options for that one. The queue outlives the program: after a " +
      "kill the same command goes on. SIGHUP reads the template again, SIGTERM ends it.",
    ],
    examples: [
      { line: "hyper2kvm watch incoming --job template.yaml", says: "until it is stopped" },
      { line: "hyper2kvm watch incoming -o kvm --once", says: "what is there now, for cron" },
      { line: "hyper2kvm status incoming", says: "what is at work, done, and why something failed" },
    ],
    hasOptions: true,
    load: () => import("./watch.ts"),
  },
  {
    name: "systemd",
    summary: "Write confined units for a job or a watched folder",
    usage: "[JOB] [--watch-dir DIR] -o DIR [options]",
    about: [
      "With JOB a service and a timer that may write what that job writes and reach what it reaches; with " +
      "--watch-dir the service that watches the folder, JOB being the template; without either, templates for job " +
      "files in /etc/hyper2kvm.",
    ],
    examples: [
      {
        line: "hyper2kvm systemd job.yaml -o /etc/systemd/system",
        says: "then systemctl start hyper2kvm-job",
      },
      {
        line: "hyper2kvm systemd t.yaml --watch-dir /srv/in -o /etc/systemd/system",
        says: "then systemctl enable --now hyper2kvm-watch",
      },
    ],
    hasOptions: true,
    load: () => import("./systemd.ts"),
  },
  {
    name: "install",
    summary: "Put the program, completions, manual page and units in place",
    usage: "[--prefix DIR]",
    about: ["A second installation replaces the first; a file that is of no installation is never replaced."],
    examples: [{ line: "./hyper2kvm install", says: "below /usr/local, from the binary alone" }],
    hasOptions: true,
    load: () => import("./install.ts"),
  },
  {
    name: "uninstall",
    summary: "Remove what install has put in place",
    usage: "[--prefix DIR]",
    about: ["A file that was changed since it was installed stays, and is named."],
    examples: [{ line: "hyper2kvm uninstall", says: "from /usr/local" }],
    hasOptions: true,
    load: () => import("./uninstall.ts"),
  },
];
