import { assertEquals } from "@std/assert";
import { machineId } from "../../../src/fix/linux/machine_id.ts";
import type { FixPlan } from "../../../src/fix/fix.ts";
import { type MemoryEntry, MemoryFiles } from "../../support/memory_files.ts";
import { contextOf, guestOf, MBR_FILESYSTEMS } from "../../support/sample_guests.ts";

const ID = "0123456789abcdef0123456789abcdef\n";

async function planOf(entries: Record<string, MemoryEntry>, resetMachineId: boolean): Promise<FixPlan> {
  const files = new MemoryFiles(entries);
  const guest = await guestOf(files, MBR_FILESYSTEMS);
  return await machineId.plan(contextOf(files, guest, undefined, { resetMachineId }));
}

const edits = ({ changes }: FixPlan): unknown[] =>
  changes.map((one) => "after" in one && [one.path, one.after]);

Deno.test("machineId keeps the id unless asked for", async () => {
  assertEquals(edits(await planOf({ "/etc/machine-id": ID }, false)), []);
});

Deno.test("machineId empties the id and deletes D-Bus's copy", async () => {
  const plan = await planOf({ "/etc/machine-id": ID, "/var/lib/dbus/machine-id": ID }, true);
  assertEquals(edits(plan), [["/etc/machine-id", ""], ["/var/lib/dbus/machine-id", null]]);
});

Deno.test("machineId leaves D-Bus's link", async () => {
  const plan = await planOf({
    "/etc/machine-id": ID,
    "/var/lib/dbus/machine-id": { link: "/etc/machine-id" },
  }, true);
  assertEquals(edits(plan), [["/etc/machine-id", ""]]);
});
