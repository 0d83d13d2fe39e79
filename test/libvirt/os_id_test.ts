import { assertEquals } from "@std/assert";
import { osId } from "../../src/libvirt/os_id.ts";
import { testNeeding } from "../support/needs.ts";

/** The folder of osinfo-db on Debian, Fedora and SUSE. */
const OSINFO = "/usr/share/osinfo/os";

const LINUX: readonly [distro: string, version: string, product: string, id: string | undefined][] = [
  ["debian", "11", "Debian GNU/Linux 11 (bullseye)", "http://debian.org/debian/11"],
  ["ubuntu", "22.04", "Ubuntu 22.04.3 LTS", "http://ubuntu.com/ubuntu/22.04"],
  ["rhel", "8.6", "Red Hat Enterprise Linux 8.6", "http://redhat.com/rhel/8.6"],
  ["centos", "7", "CentOS Linux 7 (Core)", "http://centos.org/centos/7.0"],
  ["centos", "8", "CentOS Linux 8", "http://centos.org/centos/8"],
  ["centos", "9", "CentOS Stream 9", "http://centos.org/centos-stream/9"],
  ["rocky", "9.0", "Rocky Linux 9.0", "http://rockylinux.org/rocky/9"],
  ["almalinux", "8.7", "AlmaLinux 8.7", "http://almalinux.org/almalinux/8"],
  ["ol", "8.5", "Oracle Linux Server 8.5", "http://oracle.com/ol/8.5"],
  ["fedora", "37", "Fedora Linux 37", "http://fedoraproject.org/fedora/37"],
  ["sles", "12.5", "SUSE Linux Enterprise Server 12 SP5", "http://suse.com/sles/12.5"],
  ["sles", "15", "SUSE Linux Enterprise Server 15", "http://suse.com/sle/15"],
  ["sles", "15.4", "SUSE Linux Enterprise Server 15 SP4", "http://suse.com/sle/15.4"],
  ["opensuse-leap", "15.4", "openSUSE Leap 15.4", "http://opensuse.org/opensuse/15.4"],
  ["debian", "", "Debian GNU/Linux trixie/sid", undefined],
  ["nosuch", "1", "No Such Linux", undefined],
];

const WINDOWS = {
  "Windows Server 2019 Standard": "http://microsoft.com/win/2k19",
  "Windows Server 2012 R2 Datacenter": "http://microsoft.com/win/2k12r2",
  "Windows Server 2012 Standard": "http://microsoft.com/win/2k12",
  "Windows 10 Pro": "http://microsoft.com/win/10",
  "Windows 8.1 Pro": "http://microsoft.com/win/8.1",
};

Deno.test("osId() names Linux distributions as libosinfo does", () => {
  for (const [distro, version, productName, id] of LINUX) {
    assertEquals(osId({ osType: "linux", distro, version, productName }), id, productName);
  }
});

Deno.test("osId() names versions of Windows as libosinfo does", () => {
  for (const [productName, id] of Object.entries(WINDOWS)) {
    assertEquals(osId({ osType: "windows", distro: "windows", version: "", productName }), id, productName);
  }
});

Deno.test("osId() names nothing for an unknown system", () => {
  assertEquals(osId({ osType: "unknown", distro: "", version: "", productName: "" }), undefined);
});

testNeeding({ files: [OSINFO] }, "osId() gives names that osinfo-db has", async () => {
  const known = await knownIds();
  for (const id of [...LINUX.map((row) => row[3]), ...Object.values(WINDOWS)]) {
    if (id !== undefined) assertEquals([id, known.has(id)], [id, true]);
  }
});

async function knownIds(): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const vendor of Deno.readDir(OSINFO)) {
    for await (const file of Deno.readDir(`${OSINFO}/${vendor.name}`)) {
      if (!file.isFile) continue;
      const text = await Deno.readTextFile(`${OSINFO}/${vendor.name}/${file.name}`);
      for (const match of text.matchAll(/<os id="([^"]+)"/g)) ids.add(match[1]!);
    }
  }
  return ids;
}
