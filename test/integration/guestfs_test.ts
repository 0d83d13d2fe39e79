/**
 * Guest sessions with the real library and a real appliance, emulated: about ten seconds for each launch.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { GuestfsError } from "../../ffi/guestfs/handle.ts";
import { openSession } from "../../src/guest/open_session.ts";
import { MigrateError } from "../../src/model/error.ts";
import { APPLIANCE_NEEDS, BIG_BYTES, ImageGuest, qemusOf } from "../support/guestfs_image.ts";
import { testNeeding } from "../support/needs.ts";
import { TempFolder } from "../support/temp.ts";

testNeeding(
  APPLIANCE_NEEDS,
  "GuestSession.call() reads a guest, and keeps errno and message of an error",
  async () => {
    await using guest = await ImageGuest.create();
    {
      await using session = await guest.open();
      assertEquals(await session.call("list_filesystems"), { "/dev/sda": "ext4" });
      assertEquals(await session.call("vfs_label", "/dev/sda"), "test");
      await session.call("mount_ro", "/dev/sda", "/");
      assertEquals(await session.call("cat", "/etc/hostname"), "guest1\n");
      assertEquals((await session.call("statns", "/big")).st_size, BIG_BYTES);
      assertEquals(new TextDecoder().decode(await session.call("pread", "/etc/hostname", 3, 2)), "est");
      const error = await assertRejects(() => session.call("cat", "/nope"), GuestfsError);
      assertEquals([error.action, error.errno, error.message], [
        "cat",
        2,
        "download: /nope: No such file or directory",
      ]);
    }
    await guest.assertClean();
  },
);

testNeeding(
  APPLIANCE_NEEDS,
  "GuestSession.cancel() makes a download fail with EINTR, and the session goes on",
  async () => {
    await using guest = await ImageGuest.create();
    let inMiddle = (): void => {};
    await using session = await guest.open({ onProgress: () => inMiddle() });
    await session.call("mount_ro", "/dev/sda", "/");
    inMiddle = (): void => session.cancel();
    const error = await assertRejects(() => session.call("download", "/big", "/dev/null"), GuestfsError);
    assertEquals(error.errno, 4);
    inMiddle = (): void => {};
    assertEquals(await session.call("exists", "/etc/hostname"), true);
  },
);

testNeeding(APPLIANCE_NEEDS, "GuestSession.close() writes what was changed", async () => {
  await using guest = await ImageGuest.create();
  const session = await guest.open({ disks: [{ path: guest.image, format: "raw", discard: true }] });
  await session.call("mount", "/dev/sda", "/");
  await session.call("write", "/etc/hostname", new TextEncoder().encode("guest2\n"));
  await session.call("fstrim", "/");
  await session.close();
  await session.close();
  await guest.assertClean();
  const dump = new Deno.Command("debugfs", { args: ["-R", "cat /etc/hostname", guest.image] });
  assertEquals(new TextDecoder().decode((await dump.output()).stdout), "guest2\n");
});

testNeeding(APPLIANCE_NEEDS, "GuestSession.open() rejects for a disk that is not there", async () => {
  await using guest = await ImageGuest.create();
  const disks = [{ path: "/no/such.qcow2", format: "qcow2" }] as const;
  const error = await assertRejects(() => guest.open({ disks }), MigrateError);
  assertEquals(error.code, "guestfs/failed");
  assertEquals(error.message, "Cannot open the disks: /no/such.qcow2: No such file or directory");
  await guest.assertClean();
});

testNeeding(
  APPLIANCE_NEEDS,
  "GuestSession.open() ends the appliance when aborted during the launch",
  async () => {
    await using guest = await ImageGuest.create();
    const abort = new AbortController();
    const opening = guest.open({ signal: abort.signal });
    const outcome = assertRejects(() => opening, MigrateError);
    let qemus: number[] = [];
    while (qemus.length === 0) qemus = await pause(50).then(() => qemusOf(guest.tmpDir));
    await pause(1500); // well into the boot
    // In a process group of its own: Ctrl-C in a terminal reaches only us.
    assertEquals(await Promise.all(qemus.map(processGroup)), qemus);
    const start = performance.now();
    abort.abort();
    assertEquals((await outcome).code, "run/cancelled");
    assert(performance.now() - start < 3000, "it took too long");
    await guest.assertClean();
  },
);

testNeeding(APPLIANCE_NEEDS, "GuestSession.open() ends at once when aborted before", async () => {
  await using guest = await ImageGuest.create();
  const error = await assertRejects(() => guest.open({ signal: AbortSignal.abort() }), MigrateError);
  assertEquals(error.code, "run/cancelled");
});

testNeeding(
  APPLIANCE_NEEDS,
  "GuestSession.call() rejects with run/cancelled when aborted in the middle",
  async () => {
    await using guest = await ImageGuest.create();
    const abort = new AbortController();
    {
      await using session = await guest.open({ signal: abort.signal });
      await session.call("mount_ro", "/dev/sda", "/");
      // A program in the appliance, which guestfs_user_cancel does not stop.
      const call = assertRejects(() => session.call("inspect_os"), MigrateError);
      await pause(500);
      abort.abort();
      assertEquals((await call).code, "run/cancelled");
    }
    await guest.assertClean();
  },
);

testNeeding(APPLIANCE_NEEDS, "GuestSession dispose ends a call that is still running", async () => {
  await using guest = await ImageGuest.create();
  const session = await guest.open();
  await session.call("mount_ro", "/dev/sda", "/");
  const call = assertRejects(() => session.call("inspect_os"), GuestfsError);
  await session[Symbol.asyncDispose]();
  await call;
  await guest.assertClean();
});

testNeeding(APPLIANCE_NEEDS, "GuestSession runs twice in one process at the same time", async () => {
  await using one = await ImageGuest.create();
  await using other = await ImageGuest.create();
  const [first, second] = await Promise.all([one.open(), other.open()]);
  await using _first = first;
  await using _second = second;
  await Promise.all([first, second].map((session) => session.call("mount_ro", "/dev/sda", "/")));
  // Errors are per thread: each session must see its own.
  const errors = await Promise.all([
    assertRejects(() => first.call("cat", "/first"), GuestfsError),
    assertRejects(() => second.call("ls", "/second"), GuestfsError),
  ]);
  assertEquals(errors.map(({ action }) => action), ["cat", "ls"]);
  assert(errors[0].message.includes("/first") && errors[1].message.includes("/second"));
});

/** The process group of a process: the third field after its name in /proc/PID/stat (proc(5)). */
async function processGroup(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]);
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

testNeeding(
  APPLIANCE_NEEDS,
  "openSession() goes on by emulation when the appliance hangs under KVM",
  async () => {
    await using guest = await ImageGuest.create();
    const disks = [{ path: guest.image, format: "raw", readonly: true }] as const;
    let closed = 0;
    const onClosed = (): void => void closed++;
    // No launch is done in a hundredth of a second: this is what a hang looks like.
    const opened = await openSession({ disks, accelerator: "kvm", tmpDir: guest.tmpDir, onClosed }, 10);
    assertEquals(opened.accelerator, "tcg");
    assertEquals(await opened.session.call("list_devices"), ["/dev/sda"]);
    assertEquals(closed, 0);
    await opened.session.close();
    assertEquals(closed, 1);
    await guest.assertClean();
  },
);

/** Ends as a qemu does that fails an assertion, where it is to run an appliance under KVM. */
const QEMU_WITHOUT_KVM = `#!/bin/sh
case "$*" in *accel=kvm*-pidfile* | *-pidfile*accel=kvm*) kill -ABRT $$ ;; esac
exec qemu-system-x86_64 "$@"
`;

testNeeding(
  APPLIANCE_NEEDS,
  "openSession() goes on by emulation when the appliance's qemu ends under KVM",
  async () => {
    await using guest = await ImageGuest.create();
    await using folder = await TempFolder.create();
    const qemu = folder.file("qemu");
    await Deno.writeTextFile(qemu, QEMU_WITHOUT_KVM, { mode: 0o755 });
    Deno.env.set("LIBGUESTFS_HV", qemu);
    let closed = 0;
    const options = { accelerator: "kvm", tmpDir: guest.tmpDir, onClosed: () => void closed++ } as const;
    try {
      const disks = [{ path: guest.image, format: "raw", readonly: true }] as const;
      const opened = await openSession({ ...options, disks });
      assertEquals([opened.accelerator, closed], ["tcg", 0]);
      await opened.session.close();
      assertEquals(closed, 1);
      // What is no fault of KVM's is told at once.
      const missing = [{ path: folder.file("missing"), format: "raw" }] as const;
      const error = await assertRejects(() => openSession({ ...options, disks: missing }), MigrateError);
      assertEquals([error.code, closed], ["guestfs/failed", 2]);
    } finally {
      Deno.env.delete("LIBGUESTFS_HV");
    }
    await guest.assertClean();
  },
);

testNeeding(APPLIANCE_NEEDS, "openSession() that is cancelled does not try again", async () => {
  await using guest = await ImageGuest.create();
  const disks = [{ path: guest.image, format: "raw", readonly: true }] as const;
  const options = {
    disks,
    accelerator: "kvm",
    tmpDir: guest.tmpDir,
    signal: AbortSignal.timeout(1000),
  } as const;
  const error = await assertRejects(() => openSession(options), MigrateError);
  assertEquals(error.code, "run/cancelled");
  await guest.assertClean();
});
