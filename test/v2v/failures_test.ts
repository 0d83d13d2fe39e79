import { assertEquals } from "@std/assert";
import type { ErrorCode } from "../../src/model/error.ts";
import { classifyFailure } from "../../src/v2v/failures.ts";

type Case = readonly [text: string, code: ErrorCode, transient: boolean];

/** What virt-v2v 2.2.0 wrote when it was made to fail on Debian 12. */
const CAPTURED: readonly Case[] = [
  ["inspection could not detect the source guest (or physical machine).", "guest/unsupported", false],
  [
    "virt-v2v: could not find key to open LUKS encrypted /dev/sda2.\n\nTry using --key on the command line.\n\n" +
    "Original error: cryptsetup_open: cryptsetup exited with status 2: No key available with this passphrase. (0)",
    "usage/bad-value",
    false,
  ],
  [
    "getline: Inappropriate ioctl for device\nvirt-v2v: could not read key from user",
    "usage/bad-value",
    false,
  ],
  ["nbdkit-vddk-plugin is not installed", "tool/missing", false],
  ["access: No such file or directory: /srv/nothing.raw", "source/missing", false],
  [
    "exception: libvirt: VIR_ERR_INTERNAL_ERROR: VIR_FROM_ESX: internal error: curl_easy_perform() returned an error: " +
    "Couldn't connect to server (7) : Failed to connect to 127.0.0.1 port 9 after 0 ms: Couldn't connect to server",
    "network/failed",
    true,
  ],
  [
    'qemu-nbd: Failed to get shared "write" lock\nIs another process using the image [a.qcow2]?',
    "tool/failed",
    true,
  ],
];

/** Messages of the parts that virt-v2v runs: libguestfs, qemu, nbdkit, curl, libvirt. */
const OF_ITS_PARTS: readonly Case[] = [
  ["libguestfs error: guestfs_launch failed, see earlier error messages", "tool/failed", true],
  ["libguestfs error: appliance closed the connection unexpectedly", "tool/failed", true],
  ["supermin: failed to find a suitable kernel (host_cpu=x86_64)", "tool/missing", false],
  ["multi-boot operating systems are not supported by virt-v2v.", "guest/unsupported", false],
  ["virt-v2v is unable to convert this guest type (unknown/unknown)", "guest/unsupported", false],
  [
    "unable to mount the disk image for writing. The filesystem is hibernated or Fast Startup is on",
    "guest/unsupported",
    false,
  ],
  ["write: No space left on device", "space/full", false],
  [
    "insufficient free space in the conversion server temporary directory /var/tmp (512M).",
    "space/full",
    false,
  ],
  ["open: /srv/vm.vmdk: Permission denied", "permission/denied", false],
  ["Cannot complete login due to an incorrect user name or password.", "permission/denied", false],
  ["SSL certificate problem: self-signed certificate", "network/failed", false],
  ["nbdkit: error: cannot open plugin 'vddk'", "tool/missing", false],
  ["nbdkit VDDK plugin is not installed or not working.", "tool/missing", false],
  [
    "nbdkit: error: libvixDiskLib.so.8: cannot open shared object file: No such file or directory",
    "tool/missing",
    false,
  ],
  ["curl[1]: error: problem doing HEAD request: HTTP response code said error: 503", "network/failed", true],
  ["ssh: connect to host esx port 22: Connection timed out", "network/failed", true],
  ["Could not resolve host: vcenter", "network/failed", true],
  ["something never seen before", "tool/failed", false],
];

Deno.test("classifyFailure() knows what virt-v2v said", () => {
  for (const [text, code, transient] of CAPTURED) {
    const failure = classifyFailure(text);
    assertEquals([failure.code, failure.transient], [code, transient], text);
  }
});

Deno.test("classifyFailure() knows what the parts of virt-v2v say", () => {
  for (const [text, code, transient] of OF_ITS_PARTS) {
    const failure = classifyFailure(text);
    assertEquals([failure.code, failure.transient], [code, transient], text);
  }
});

Deno.test("classifyFailure() takes the reason from what was printed where the error itself is general", () => {
  const said = "qemu-nbd did not start up.  There may be errors printed by qemu-nbd above.";
  assertEquals(
    classifyFailure(said, `Is another process using the image [a.qcow2]?\n${said}`).transient,
    true,
  );
  assertEquals(
    classifyFailure(said, `qemu-nbd: Could not open 'a': Permission denied\n${said}`).transient,
    false,
  );
});

Deno.test("classifyFailure() takes a wrong key for permanent, though the appliance ends with it", () => {
  const { transient } = classifyFailure("could not find key to open LUKS\nappliance closed the connection");
  assertEquals(transient, false);
});
