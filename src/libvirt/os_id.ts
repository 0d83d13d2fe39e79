/**
 * libosinfo's identifiers of operating systems (https://gitlab.com/libosinfo/osinfo-db, `data/os`).
 *
 * @module
 */
import type { Guest } from "../model/guest.ts";

/** By `ID` of os-release: what stands before the version, and how much of the version follows. */
const LINUX: Readonly<Record<string, readonly [prefix: string, precision: "major" | "minor"]>> = {
  almalinux: ["http://almalinux.org/almalinux/", "major"],
  debian: ["http://debian.org/debian/", "major"],
  fedora: ["http://fedoraproject.org/fedora/", "major"],
  ol: ["http://oracle.com/ol/", "minor"],
  "opensuse-leap": ["http://opensuse.org/opensuse/", "minor"],
  rhel: ["http://redhat.com/rhel/", "minor"],
  rocky: ["http://rockylinux.org/rocky/", "major"],
  ubuntu: ["http://ubuntu.com/ubuntu/", "minor"],
};

/** By a word of the product's name, newest first where one name is in another. */
const WINDOWS: readonly (readonly [name: RegExp, id: string])[] = [
  [/Server 2022/, "2k22"],
  [/Server 2019/, "2k19"],
  [/Server 2016/, "2k16"],
  [/Server 2012 R2/, "2k12r2"],
  [/Server 2012/, "2k12"],
  [/Server 2008 R2/, "2k8r2"],
  [/Server 2008/, "2k8"],
  [/Windows 11/, "11"],
  [/Windows 10/, "10"],
  [/Windows 8\.1/, "8.1"],
  [/Windows 8/, "8"],
  [/Windows 7/, "7"],
];

/** CentOS has one name for Stream and one for what came before it. */
function centosId(productName: string, major: string): string {
  if (productName.includes("Stream")) return `http://centos.org/centos-stream/${major}`;
  return `http://centos.org/centos/${major === "8" ? "8" : `${major}.0`}`;
}

/** SUSE's first release of a major version has no minor number, and `sles` became `sle` with version 15. */
function suseId(major: string, minor: string): string {
  const prefix = Number(major) >= 15 ? "http://suse.com/sle/" : "http://suse.com/sles/";
  return prefix + (minor === "0" ? major : `${major}.${minor}`);
}

function linuxId({ distro, version, productName }: GuestSystem): string | undefined {
  const [major = "", minor = "0"] = version.split(".");
  if (!/^\d+$/.test(major)) return undefined;
  if (distro === "centos") return centosId(productName, major);
  if (distro === "sles") return suseId(major, minor);
  const row = LINUX[distro];
  if (row === undefined) return undefined;
  return row[0] + (row[1] === "major" ? major : `${major}.${minor}`);
}

/** What is asked of a guest. */
type GuestSystem = Pick<Guest, "osType" | "distro" | "version" | "productName">;

/** The identifier of a guest's system, undefined when libosinfo is not known to have one. */
export function osId(guest: GuestSystem): string | undefined {
  if (guest.osType === "linux") return linuxId(guest);
  if (guest.osType !== "windows") return undefined;
  const row = WINDOWS.find(([name]) => name.test(guest.productName));
  return row === undefined ? undefined : `http://microsoft.com/win/${row[1]}`;
}
