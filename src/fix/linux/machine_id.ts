/**
 * Empties the machine id, so that the guest makes a new one at its first boot (machine-id(5)): for a copy
 * that will run beside its source. Kept unless asked for, because DHCP leases and licences depend on it.
 *
 * @module
 */
import type { Fix, FixContext, FixPlan } from "../fix.ts";
import { PlanDraft } from "../text_edit.ts";

const ID = "machine-id";
const MACHINE_ID = "/etc/machine-id";
/** D-Bus's copy, where it is a file of its own. */
const DBUS_ID = "/var/lib/dbus/machine-id";
const AN_ID = /^[0-9a-f]{32}\s*$/;

async function plan({ files, options }: FixContext): Promise<FixPlan> {
  const draft = new PlanDraft(ID);
  const id = await files.readText(MACHINE_ID);
  const dbusId = await files.readLink(DBUS_ID) === null ? await files.readText(DBUS_ID) : null;
  if (!options.resetMachineId) {
    if (AN_ID.test(id ?? "")) draft.leave("the machine id stays; --reset-machine-id empties it", MACHINE_ID);
    return draft.finish();
  }
  const why = "The guest makes a new machine id at its first boot.";
  // Empty, not absent: with a read-only root systemd needs the file to mount its own over it.
  if (id !== null) await draft.edit(files, { path: MACHINE_ID, before: id, after: "", why });
  if (dbusId !== null) await draft.edit(files, { path: DBUS_ID, before: dbusId, after: null, why });
  return draft.finish();
}

/** Empties the machine id on request. */
export const machineId: Fix = {
  id: ID,
  title: "Make a new machine id",
  applies: (guest) => guest.osType === "linux",
  plan,
};
