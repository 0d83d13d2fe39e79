/**
 * Which distribution a system is: os-release(5), or the files that distributions had before it.
 *
 * @module
 */
import type { GuestFiles } from "./files.ts";
import { parseOsRelease } from "./os_release.ts";

/** What a release file says. */
export interface Release {
  /** As `ID` of os-release. */
  readonly distro: string;
  /** For people. */
  readonly productName: string;
  /** As `VERSION_ID` of os-release. */
  readonly version: string;
}

/** Files of os-release(5). */
export const OS_RELEASES = ["/etc/os-release", "/usr/lib/os-release"] as const;

/** Files of older systems, and what each says. */
const OLD: readonly { readonly path: string; readonly read: (text: string) => Release }[] = [
  { path: "/etc/redhat-release", read: readRedHat },
  { path: "/etc/SuSE-release", read: readSuse },
  { path: "/etc/lsb-release", read: readLsb },
  { path: "/etc/debian_version", read: readDebian },
];
/** Their paths. */
export const OLD_RELEASES: readonly string[] = OLD.map(({ path }) => path);

/** Words of the first line of redhat-release, and the `ID` that os-release would have. */
const RED_HATS: readonly (readonly [RegExp, string])[] = [
  [/^Red Hat Enterprise Linux/i, "rhel"],
  [/^CentOS/i, "centos"],
  [/^Fedora/i, "fedora"],
  [/^(Oracle|Enterprise) Linux/i, "ol"],
  [/^Scientific Linux/i, "scientific"],
];

/** Reads the release of a system; `linux` where no file says it. */
export async function readRelease(files: GuestFiles): Promise<Release> {
  for (const path of OS_RELEASES) {
    const text = await files.readText(path);
    if (text === null) continue;
    const { ID, PRETTY_NAME, NAME, VERSION_ID } = parseOsRelease(text);
    return { distro: ID ?? "linux", productName: PRETTY_NAME ?? NAME ?? "Linux", version: VERSION_ID ?? "" };
  }
  for (const { path, read } of OLD) {
    const text = await files.readText(path);
    if (text !== null) return read(text);
  }
  return { distro: "linux", productName: "Linux", version: "" };
}

function readRedHat(text: string): Release {
  const productName = firstLine(text);
  return {
    distro: RED_HATS.find(([words]) => words.test(productName))?.[1] ?? "rhel",
    productName,
    version: /release (\d+(?:\.\d+)*)/i.exec(productName)?.[1] ?? "",
  };
}

function readSuse(text: string): Release {
  const version = /^VERSION\s*=\s*(\S+)/m.exec(text)?.[1] ?? "";
  const patch = /^PATCHLEVEL\s*=\s*(\d+)/m.exec(text)?.[1] ?? "0";
  const productName = firstLine(text);
  const isSled = /Desktop/i.test(productName);
  return {
    distro: /^openSUSE/i.test(productName) ? "opensuse" : isSled ? "sled" : "sles",
    productName,
    version: patch === "0" ? version : `${version}.${patch}`,
  };
}

function readLsb(text: string): Release {
  const { DISTRIB_ID, DISTRIB_RELEASE, DISTRIB_DESCRIPTION } = parseOsRelease(text);
  return {
    distro: DISTRIB_ID?.toLowerCase() ?? "linux",
    productName: DISTRIB_DESCRIPTION ?? DISTRIB_ID ?? "Linux",
    version: DISTRIB_RELEASE ?? "",
  };
}

function readDebian(text: string): Release {
  const version = firstLine(text);
  return {
    distro: "debian",
    productName: `Debian GNU/Linux ${version}`,
    version: version.split(".")[0] ?? "",
  };
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0]?.trim() ?? "";
}
