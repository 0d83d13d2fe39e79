import { assertEquals } from "@std/assert";
import { readRelease } from "../../src/guest/release_files.ts";
import { MemoryFiles } from "../support/memory_files.ts";

const SLES = "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n";
const UBUNTU = 'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=10.04\nDISTRIB_DESCRIPTION="Ubuntu 10.04.4 LTS"\n';

for (
  const [path, text, expected] of [
    [
      "/etc/os-release",
      'ID=fedora\nPRETTY_NAME="Fedora Linux 40"\nVERSION_ID=40\n',
      "fedora 40: Fedora Linux 40",
    ],
    ["/etc/redhat-release", "CentOS release 6.10 (Final)\n", "centos 6.10: CentOS release 6.10 (Final)"],
    [
      "/etc/redhat-release",
      "Red Hat Enterprise Linux Server release 5.11 (Tikanga)\n",
      "rhel 5.11: Red Hat Enterprise Linux Server release 5.11 (Tikanga)",
    ],
    ["/etc/SuSE-release", SLES, "sles 11.4: SUSE Linux Enterprise Server 11 (x86_64)"],
    ["/etc/lsb-release", UBUNTU, "ubuntu 10.04: Ubuntu 10.04.4 LTS"],
    ["/etc/debian_version", "6.0.10\n", "debian 6: Debian GNU/Linux 6.0.10"],
    ["/etc/issue", "Linux\n", "linux : Linux"],
  ] as const
) {
  Deno.test(`readRelease() reads ${path} (${expected.split(":")[0]})`, async () => {
    const { distro, version, productName } = await readRelease(new MemoryFiles({ [path]: text }));
    assertEquals(`${distro} ${version}: ${productName}`, expected);
  });
}

Deno.test("readRelease() prefers os-release", async () => {
  const files = new MemoryFiles({
    "/etc/os-release": "ID=ubuntu\n",
    "/etc/debian_version": "bookworm/sid\n",
  });
  assertEquals((await readRelease(files)).distro, "ubuntu");
});
