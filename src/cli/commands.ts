/**
 * The table of commands. It loads nothing: a command's module comes in when the command runs.
 *
 * @module
 */

/** One example for `--help`. */
export interface Example {
  /** What to type. */
  readonly line: string;
  /** What it does. */
  readonly says: string;
}

/** What a command's module exports. */
export interface CommandModule {
  /** Runs the command and returns the exit status. */
  run(args: readonly string[]): Promise<number>;
}

/** One command. */
export interface Command {
  /** Its name. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Arguments for the usage line. */
  readonly usage: string;
  /** What else its help says, a paragraph each. */
  readonly about: readonly string[];
  /** Examples for its help. */
  readonly examples: readonly Example[];
  /** Whether its flags come from the schema. */
  readonly hasOptions: boolean;
  /** Loads its module. */
  load(): Promise<CommandModule>;
}

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
    name: "verify",
    summary: "Check a finished image and show that it boots",
    usage: "IMAGE [options]",
    about: ["The image is not written: the boot runs on a throw-away overlay."],
    examples: [
      { line: "hyper2kvm verify out/web-01.qcow2", says: "image check and boot proof" },
      { line: "hyper2kvm verify out/web-01.qcow2 --no-boot-proof", says: "image check only" },
    ],
    hasOptions: true,
    load: () => import("./verify.ts"),
  },
  {
    name: "doctor",
    summary: "Show which tools and libraries this host has",
    usage: "[options]",
    about: ["The exit status is 5 when something that a conversion needs is missing."],
    examples: [{ line: "hyper2kvm doctor", says: "tools, libraries, KVM, and what to install" }],
    hasOptions: true,
    load: () => import("./doctor.ts"),
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
    name: "version",
    summary: "Print the version",
    usage: "",
    about: [],
    examples: [{ line: "hyper2kvm version", says: "the same as --version" }],
    hasOptions: false,
    load: () => import("./version.ts"),
  },
];
