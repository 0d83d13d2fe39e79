/**
 * What the fixes are asked for: options of the job, and the user's files that they name.
 *
 * @module
 */
import type { Job } from "../../config/schema.ts";
import type { FixOptions } from "../../fix/fix.ts";
import { readCloudSeed } from "../../fix/linux/cloud_seed.ts";
import { readFirstBootScripts } from "../../fix/linux/first_boot_scripts.ts";

/**
 * Reads the files that options name.
 *
 * @throws {MigrateError} `usage/bad-value` when one is not there or of no use
 */
export async function readFixInputs(job: Job): Promise<Pick<FixOptions, "cloudInit" | "firstBoot">> {
  const path = job.cloud_init_config;
  return {
    cloudInit: path === undefined ? null : { seed: await readCloudSeed(path), place: job.cloud_init_seed },
    firstBoot: await readFirstBootScripts(job.first_boot),
  };
}

/** The options of the fixes, with what {@linkcode readFixInputs} reads. */
export async function fixOptions(job: Job): Promise<FixOptions> {
  return {
    ...await readFixInputs(job),
    fstabMode: job.fstab_mode,
    initramfs: job.initramfs,
    initramfsMadeAnew: job.use_v2v || job.post_v2v,
    networkPolicy: job.network_policy,
    backup: job.backup,
    removeTools: job.remove_vmware_tools,
    installGuestAgent: job.install_guest_agent,
    resetMachineId: job.reset_machine_id,
  };
}
