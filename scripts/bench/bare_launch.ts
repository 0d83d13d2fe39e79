/**
 * Starts the appliance on a disk and stops it: `bare_launch.ts DISK TMPDIR kvm|tcg`. The least that any
 * conversion with libguestfs has to take.
 *
 * @module
 */
import { GuestSession } from "../../src/guest/session.ts";

const [path, tmpDir, accelerator] = Deno.args;
if (path === undefined || tmpDir === undefined) Deno.exit(2);
const session = await GuestSession.open({
  disks: [{ path, format: "vmdk", readonly: true }],
  accelerator: accelerator === "kvm" ? "kvm" : "tcg",
  tmpDir,
});
await session[Symbol.asyncDispose]();
