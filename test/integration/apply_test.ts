/**
 * applyChanges() in a real appliance: labels, links, copies, and a filesystem that is full. One launch.
 *
 * @module
 */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { applyChanges } from "../../src/fix/apply.ts";
import { GuestfsFiles } from "../../src/guest/guestfs_files.ts";
import type { Change } from "../../src/model/change.ts";
import { MigrateError } from "../../src/model/error.ts";
import { APPLIANCE_NEEDS, ImageGuest } from "../support/guestfs_image.ts";
import { testNeeding } from "../support/needs.ts";

const LABEL = "system_u:object_r:systemd_unit_file_t:s0";
const common = { fix: "x", why: "a test" };
const CHANGES: readonly Change[] = [
  { ...common, kind: "text", path: "/etc/new/deep/file", before: null, after: "new\n", mode: 0o600 },
  { ...common, kind: "text", path: "/etc/hostname", before: "guest1\n", after: "guest2\n" },
  { ...common, kind: "link", path: "/etc/mask", before: null, after: "/dev/null" },
  { ...common, kind: "link", path: "/lib", before: "/usr/lib", after: "usr/lib" },
  { ...common, kind: "link", path: "/etc/dangling", before: "/no/such", after: null },
  { ...common, kind: "copy", path: "/EFI/BOOT/BOOTX64.EFI", from: "/usr/lib/os-release", sizeBytes: 21 },
];

testNeeding(APPLIANCE_NEEDS, "applyChanges() writes what is planned, with labels, or nothing", async () => {
  await using guest = await ImageGuest.create();
  await using session = await guest.open();
  await session.call("mount", "/dev/sda", "/");
  const options = {
    backup: true,
    mounts: [{ device: "/dev/sda", path: "/" }],
    signal: new AbortController().signal,
    workDir: guest.tmpDir,
  };
  const labelOf = async (path: string): Promise<string> =>
    new TextDecoder().decode(await session.call("lgetxattr", path, "security.selinux"));

  // Too full: an error before the first change.
  const huge: Change = { ...common, kind: "copy", path: "/huge", from: "/three", sizeBytes: 1024 ** 3 };
  const full = await assertRejects(
    () => applyChanges(session, [CHANGES[0]!, huge], options),
    MigrateError,
    "has",
  );
  assertEquals(full.code, "space/full");
  assertEquals(await session.call("exists", "/etc/new"), false);

  // A folder with a label, as its policy leaves it: the NUL at the end counts.
  await session.call("lsetxattr", "security.selinux", LABEL, LABEL.length + 1, "/etc");
  assertEquals(await applyChanges(session, CHANGES, options), []);
  for (const path of ["/etc/new", "/etc/new/deep", "/etc/new/deep/file", "/etc/mask"]) {
    assertEquals(await labelOf(path), `${LABEL}\0`, path);
  }
  await assertRejects(() => labelOf("/EFI"));

  const files = new GuestfsFiles(session);
  assertEquals(await files.readText("/etc/new/deep/file"), "new\n");
  assertEquals((await session.call("statns", "/etc/new/deep/file")).st_mode & 0o777, 0o600);
  assertEquals(await files.readText("/etc/hostname.hyper2kvm-orig"), "guest1\n");
  assertEquals([await files.readLink("/etc/mask"), await files.readLink("/lib")], ["/dev/null", "usr/lib"]);
  assertEquals([await files.readLink("/etc/hostname"), await files.readLink("/etc/dangling")], [null, null]);
  assertEquals(await files.readText("/EFI/BOOT/BOOTX64.EFI"), await files.readText("/usr/lib/os-release"));

  // A program that fails, or cannot be run: its words are in the error.
  const command: Change = {
    ...common,
    kind: "command",
    path: "/etc/hostname",
    lengthBefore: 7,
    command: ["/usr/sbin/mkinitramfs", "-o", "/etc/hostname", "6.1"],
    release: "6.1",
    drivers: [["virtio_blk"]],
  };
  const broken = await assertRejects(() => applyChanges(session, [command], options), MigrateError);
  assertEquals(broken.code, "fix/failed");
  assertStringIncludes(broken.message, "/usr/sbin/mkinitramfs -o /etc/hostname 6.1 failed in the appliance:");

  // A link that another program changed meanwhile is not replaced.
  const moved: Change = { ...common, kind: "link", path: "/lib", before: "/usr/lib", after: "/x" };
  await assertRejects(() => applyChanges(session, [moved], options), MigrateError, "it points to usr/lib");
});
