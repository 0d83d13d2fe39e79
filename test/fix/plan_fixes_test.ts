import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Fix } from "../../src/fix/fix.ts";
import { fstab } from "../../src/fix/linux/fstab.ts";
import { planFixes } from "../../src/fix/plan_fixes.ts";
import { cancelled, MigrateError } from "../../src/model/error.ts";
import type { TextChange } from "../../src/model/change.ts";
import { CachedFiles } from "../../src/guest/cached_files.ts";
import { MemoryFiles } from "../support/memory_files.ts";
import { applyToMemory } from "../support/apply_to_memory.ts";
import {
  contextOf,
  DEBIAN,
  DEFAULT_OPTIONS,
  guestOf,
  openSample,
  ROOT_UUID,
} from "../support/sample_guests.ts";

/** A fix that adds a line to a file. */
function adding(id: string, line: string): Fix {
  return {
    id,
    title: id,
    applies: () => true,
    plan: async ({ files }) => {
      const before = await files.readText("/etc/motd");
      const change: TextChange = {
        kind: "text",
        fix: id,
        path: "/etc/motd",
        before,
        after: `${before ?? ""}${line}\n`,
        why: "a test",
      };
      return { changes: [change], leftAlone: [], concerns: [] };
    },
  };
}

Deno.test("planFixes() lets each fix see the changes of those before it", async () => {
  const { files, guest } = await openSample(DEBIAN);
  const { changes } = await planFixes(contextOf(files, guest), [adding("one", "1"), adding("two", "2")]);
  assertEquals(changes.map((change) => change.kind === "text" && [change.before, change.after]), [
    [null, "1\n"],
    ["1\n", "1\n2\n"],
  ]);
});

Deno.test("planFixes() names the fix that fails", async () => {
  const { files, guest } = await openSample(DEBIAN);
  const broken: Fix = { ...adding("broken", ""), plan: () => Promise.reject(new Error("no reason")) };
  const error = await assertRejects(
    () => planFixes(contextOf(files, guest), [broken]),
    MigrateError,
    "Cannot plan the fix broken: no reason",
  );
  assertEquals(error.code, "fix/failed");
});

Deno.test("planFixes() refuses a change that starts from another content", async () => {
  const { files, guest } = await openSample(DEBIAN);
  const change: TextChange = {
    kind: "text",
    fix: "x",
    path: "/etc/fstab",
    before: "old",
    after: "new",
    why: "a test",
  };
  const stale: Fix = {
    ...adding("stale", ""),
    plan: () => Promise.resolve({ changes: [change], leftAlone: [], concerns: [] }),
  };
  await assertRejects(() => planFixes(contextOf(files, guest), [stale]), MigrateError, "stale");
});

Deno.test("planFixes() reports a fix that does not apply", async () => {
  const { files, guest } = await openSample(DEBIAN);
  const { leftAlone } = await planFixes(contextOf(files, guest), [{
    ...adding("off", ""),
    applies: () => false,
  }]);
  assertEquals(leftAlone, [{ fix: "off", reason: "off: nothing of the kind in this guest" }]);
});

Deno.test("planFixes() stops when the run is cancelled", async () => {
  const { files, guest } = await openSample(DEBIAN);
  const context = { ...contextOf(files, guest), signal: AbortSignal.abort() };
  const error = await assertRejects(() => planFixes(context, [adding("one", "1")]), MigrateError);
  assertEquals(error.code, "run/cancelled");
});

Deno.test("planFixes() changes of a Debian guest what VMware left, and nothing else", async () => {
  const { files, guest } = await openSample(DEBIAN);
  const workDir = await Deno.makeTempDir();
  const plan = await planFixes(contextOf(files, guest, workDir));
  assertEquals(plan.changes.map(({ fix, path }) => `${fix} ${path}`), [
    "fstab /etc/fstab",
    "grub /boot/grub/grub.cfg",
    "grub /etc/default/grub",
    "device-map /boot/grub/device.map",
    "initramfs /etc/initramfs-tools/modules",
    "initramfs /boot/initrd.img-6.1.0-56-cloud-amd64",
  ]);
  assertEquals(plan.concerns, []);
  await applyToMemory(files, plan.changes);
  await Deno.remove(workDir, { recursive: true });
  const menu = await files.readText("/boot/grub/grub.cfg");
  assert(menu!.includes(`root=UUID=${ROOT_UUID} ro console=ttyS0,115200n8\n`), menu!);
});

Deno.test("planFixes() and inspection ask a Debian guest fewer than 25 questions", async () => {
  const files = new MemoryFiles(DEBIAN.files);
  const cached = new CachedFiles(files);
  const guest = await guestOf(cached, DEBIAN.filesystems);
  await planFixes({
    ...contextOf(cached, guest),
    options: { ...DEFAULT_OPTIONS, initramfs: "off" },
  });
  assert(files.calls.length < 25, files.calls.join("\n"));
});

Deno.test("planFixes() passes on that a fix was cancelled", async () => {
  const { files, guest } = await openSample(DEBIAN);
  const stopped: Fix = { ...adding("stopped", ""), plan: () => Promise.reject(cancelled("fix")) };
  const error = await assertRejects(() => planFixes(contextOf(files, guest), [stopped]), MigrateError);
  assertEquals(error.code, "run/cancelled");
});

Deno.test("planFixes() leaves out what is to be skipped, says so, and refuses an unknown name", async () => {
  const { files, guest } = await openSample(DEBIAN);
  const plan = await planFixes(contextOf(files, guest), [fstab], ["fstab"]);
  assertEquals([plan.changes, plan.leftAlone.map(({ reason }) => reason.includes("--skip-fix"))], [[], [
    true,
  ]]);
  const error = await assertRejects(
    () => planFixes(contextOf(files, guest), [fstab], ["fstap"]),
    MigrateError,
    "there is none of this name",
  );
  assertEquals([error.code, error.hint], ["usage/bad-value", "The fixes are fstab."]);
});
