/**
 * Installs what is missing on this machine, and only that: `deno task setup [run|sample|test|all]…`.
 * With Debian's and Ubuntu's apt-get it installs; elsewhere it names the packages and ends with status 5.
 *
 * @module
 */
import { MigrateError } from "../src/model/error.ts";
import { type Component, componentsOf, type Group, GROUPS, type PackageManager } from "./packages.ts";
import { presence } from "./presence.ts";
import { clearBrief, print, runScript, say, sayBriefly } from "./say.ts";

/** What a distribution calls itself and installs packages with. */
export interface Distribution {
  /** `ID` of os-release. */
  readonly id: string;
  /** Null when its package manager is not known. */
  readonly manager: PackageManager | null;
}

const MANAGERS: Readonly<Record<string, PackageManager>> = {
  debian: "apt",
  ubuntu: "apt",
  fedora: "dnf",
  rhel: "dnf",
  centos: "dnf",
  suse: "zypper",
  opensuse: "zypper",
  sles: "zypper",
  arch: "pacman",
};

/** Reads os-release(5). */
export function parseDistribution(osRelease: string): Distribution {
  const field = (name: string): string =>
    new RegExp(`^${name}=["']?([^"'\\n]*)`, "m").exec(osRelease)?.[1] ?? "";
  const id = field("ID");
  const known = [id, ...field("ID_LIKE").split(" ")].find((name) => Object.hasOwn(MANAGERS, name));
  return { id, manager: known === undefined ? null : MANAGERS[known]! };
}

/** The packages of some components, without repeats. */
export function packagesOf(components: readonly Component[], distribution: Distribution): string[] {
  const manager = distribution.manager ?? "apt";
  const names = components.map(({ packages }) =>
    distribution.id === "ubuntu" && packages.ubuntu !== undefined ? packages.ubuntu : packages[manager]
  );
  return [...new Set(names.filter((name) => name !== null))];
}

/** The groups that command-line words name; none means `run`. */
export function parseGroups(words: readonly string[]): Group[] {
  if (words.length === 0) return ["run"];
  if (words.includes("all")) return [...GROUPS];
  const isGroup = (word: string): word is Group => (GROUPS as readonly string[]).includes(word);
  const unknown = words.find((word) => !isGroup(word));
  if (unknown === undefined) return words.filter(isGroup);
  throw new MigrateError("usage/bad-value", `Cannot set up "${unknown}": there is no such group.`, {
    hint: `Groups are ${GROUPS.join(", ")} and all.`,
  });
}

/**
 * Installs what is missing for some groups; returns the names of what it installed.
 *
 * @throws {MigrateError} `tool/missing` where it cannot install, `permission/denied` without root rights
 */
export async function setUp(groups: readonly Group[]): Promise<string[]> {
  const missing = missingOf(groups);
  if (missing.length === 0) return [];
  const distribution = parseDistribution(await Deno.readTextFile("/etc/os-release"));
  if (distribution.manager !== "apt") throw notDebian(missing, distribution);
  const packages = packagesOf(missing, distribution);
  say(`setup: missing here: ${missing.map(({ name }) => name).join(", ")}`);
  say(`setup: apt-get install ${packages.join(" ")}`);
  const startedAt = performance.now();
  const prefix = await rootPrefix(packages);
  await apt(prefix, ["update"]);
  await apt(prefix, ["--no-install-recommends", "install", ...packages]);
  const still = missingOf(groups);
  if (still.length > 0) throw stillMissing(still, distribution);
  say(`setup: installed in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  return missing.map(({ name }) => name);
}

/** The components that are not here. */
function missingOf(groups: readonly Group[]): Component[] {
  const looked = componentsOf(groups).map((component) => ({ component, is: presence(component.probe) }));
  if (looked.some(({ is }) => is === "unreadable")) {
    throw new MigrateError(
      "permission/denied",
      "Cannot use libguestfs: the kernel in /boot is readable by root only, and its appliance is built from it.",
      { hint: "Let others read it: sudo chmod a+r /boot/vmlinuz-*  (or run this command as root)" },
    );
  }
  return looked.filter(({ is }) => is === "missing").map(({ component }) => component);
}

function notDebian(missing: readonly Component[], distribution: Distribution): MigrateError {
  const { id, manager } = distribution;
  const rows = missing.map((component) => `  ${component.name}: ${packageOf(component, distribution)}`);
  const command = {
    apt: "apt-get install",
    dnf: "dnf install",
    zypper: "zypper install",
    pacman: "pacman -S",
  };
  const hint = manager === null
    ? "The names are Debian's. Install what holds them here, then run the command again."
    : `Install them, then run the command again: ${command[manager]} ${
      packagesOf(missing, distribution).join(" ")
    }`;
  return new MigrateError(
    "tool/missing",
    `Cannot install on ${id || "this system"}: only apt-get is driven. Missing components and packages:\n${
      rows.join("\n")
    }`,
    { hint },
  );
}

function packageOf(component: Component, distribution: Distribution): string {
  return packagesOf([component], distribution)[0] ?? "not packaged; see the component's own site";
}

function stillMissing(components: readonly Component[], distribution: Distribution): MigrateError {
  const names = components.map(({ name }) => name).join(", ");
  return new MigrateError("tool/missing", `Cannot finish the setup: ${names} still cannot be found.`, {
    hint: `apt-get installed ${packagesOf(components, distribution).join(" ")}, but not what was looked for.`,
  });
}

/** What to put before a command that needs root: nothing, or sudo. */
async function rootPrefix(packages: readonly string[]): Promise<string[]> {
  if (Deno.uid() === 0) return [];
  if (presence({ kind: "program", name: "sudo" }) === "present") {
    const silent = await new Deno.Command("sudo", { args: ["-n", "true"], stdout: "null", stderr: "null" })
      .output();
    if (silent.success) return ["sudo", "-n"];
    if (Deno.stdin.isTerminal()) return ["sudo"];
  }
  throw new MigrateError(
    "permission/denied",
    "Cannot install packages: not root, and sudo gives no rights.",
    {
      hint: `Run as root: apt-get install --no-install-recommends ${packages.join(" ")}`,
    },
  );
}

const APT_OPTIONS = [
  "-y",
  "-q",
  "-o",
  "DPkg::Lock::Timeout=300",
  "-o",
  "Dpkg::Options::=--force-confold",
  "-o",
  "Acquire::Retries=3",
];

/** Runs apt-get in this process's terminal session, because sudo may have to ask for the password there. */
async function apt(prefix: readonly string[], words: readonly string[]): Promise<void> {
  const [program, ...args] = [
    ...prefix,
    "env",
    "DEBIAN_FRONTEND=noninteractive",
    "LC_ALL=C.UTF-8",
    "apt-get",
    ...APT_OPTIONS,
    ...words,
  ];
  const child = new Deno.Command(program!, { args, stdin: "inherit", stdout: "piped", stderr: "piped" })
    .spawn();
  const lines: string[] = [];
  const [status] = await Promise.all([
    child.status,
    follow(child.stdout, lines),
    follow(child.stderr, lines),
  ]);
  clearBrief();
  if (status.success) return;
  throw new MigrateError("tool/missing", `apt-get ${words[0]} failed:\n${lines.slice(-40).join("\n")}`, {
    hint: "Mend the package system (sources, network), then run the command again.",
  });
}

async function follow(stream: ReadableStream<Uint8Array>, lines: string[]): Promise<void> {
  const text = stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>);
  let rest = "";
  for await (const piece of text) {
    const parts = (rest + piece).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
    const last = parts.findLast((line) => line.trim() !== "");
    if (last !== undefined) sayBriefly(`setup: ${last}`);
  }
  if (rest !== "") lines.push(rest);
}

if (import.meta.main) {
  await runScript(async () => {
    const groups = parseGroups(Deno.args);
    const installed = await setUp(groups);
    print(
      installed.length === 0
        ? `Everything is here (${componentsOf(groups).length} components).`
        : `Installed: ${installed.join(", ")}.`,
    );
    return 0;
  });
}
