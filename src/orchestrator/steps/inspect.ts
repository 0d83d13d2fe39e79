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
import type { Concern } from "../../model/concern.ts";
import type { Guest } from "../../model/guest.ts";
import { type Migration, need, type StepResult } from "../migration.ts";

/** Describes the guest and plans its network cards. */
export async function inspect(migration: Migration): Promise<StepResult> {
  const { job } = migration;
  const source = need(migration, "source");
  const session = need(migration, "session");
  const files = new CachedFiles(new GuestfsFiles(session));
  const { guest, checks, concerns } = await inspectGuest(session, files, {
    ...(job.root === undefined ? {} : { root: job.root }),
    luksKeys: await readLuksKeys(job.luks_key),
    check: job.check_filesystems,
  });
  const found = { guest, files, checks };
  const planned = planNics(source.machine.nics, guest.interfaces, source.name);
  const nics = chooseNics(planned, { macs: job.mac, mappings: job.nic_map });
  if (guest.osType === "linux") {
    return { found: { ...found, nics }, concerns, summary: `${guest.productName} on ${guest.root}` };
  }
  return {
    found: { ...found, nics },
    summary: guest.productName,
    concerns: job.use_v2v || job.post_v2v || job.converter !== undefined
      ? concerns
      : [...concerns, notFixed(guest)],
  };
}

/** For a guest that is converted untouched. */
function notFixed({ osType, filesystems }: Guest): Concern {
  const found = [...new Set(filesystems.map(({ type }) => type))].join(", ") || "no filesystem";
  return {
    id: "guest/not-fixed",
    severity: "warning",
    message: osType === "windows"
      ? "The guest is Windows, of which nothing is changed: it is converted as it is."
      : `No Linux system was found on the disks (${found}): they are converted as they are.`,
    hint: "The definition has SATA disks and an e1000e network card, for which most systems have drivers.",
  };
}
