/**
 * Step `inspect`: which system is on the disks.
 *
 * @module
 */
import { CachedFiles } from "../../guest/cached_files.ts";
import { GuestfsFiles } from "../../guest/guestfs_files.ts";
import { inspectGuest } from "../../guest/inspect.ts";
import { readLuksKeys } from "../../guest/luks_keys.ts";
import { chooseNics } from "../../guest/nic_choices.ts";
import { planNics } from "../../guest/nics.ts";
import { type Migration, need, type StepResult } from "../migration.ts";

/** Describes the guest and plans its network cards. */
export async function inspect(migration: Migration): Promise<StepResult> {
  const { job } = migration;
  const source = need(migration, "source");
  const session = need(migration, "session");
  const files = new CachedFiles(new GuestfsFiles(session));
  const { guest, concerns } = await inspectGuest(session, files, {
    ...(job.root === undefined ? {} : { root: job.root }),
    luksKeys: await readLuksKeys(job.luks_key),
  });
  const planned = planNics(source.machine.nics, guest.interfaces, source.name);
  const nics = chooseNics(planned, { macs: job.mac, mappings: job.nic_map });
  if (guest.osType === "linux") {
    return { found: { guest, files, nics }, concerns, summary: `${guest.productName} on ${guest.root}` };
  }
  return {
    found: { guest, files, nics },
    summary: guest.productName,
    concerns: [...concerns, {
      id: "guest/not-fixed",
      severity: "warning",
      message: "No Linux system was found on the disks: they are converted as they are.",
      hint: "The definition uses SATA disks and an e1000e network card, which most systems know.",
    }],
  };
}
