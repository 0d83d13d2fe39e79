/**
 * `--cloud-init-config FILE`: data for cloud-init, put into the guest as a NoCloud seed (cloud-init's documentation,
 * "NoCloud", section "Source files"), and cloud-init told to take it.
 *
 * @module
 */
import type { GuestFiles } from "../../guest/files.ts";
import type { Fix, FixContext, FixPlan } from "../fix.ts";
import { PlanDraft } from "../text_edit.ts";
import { type CloudSeed, seedFiles } from "./cloud_seed.ts";

const ID = "cloud-init";
const SEED_FOLDER = "/var/lib/cloud/seed/nocloud";
const SETTINGS_FOLDER = "/etc/cloud/cloud.cfg.d";
/** After the file by which VMware's installers name their own data source. */
const SETTINGS = `${SETTINGS_FOLDER}/99-zz-hyper2kvm.cfg`;
const PROGRAMS = ["/usr/bin/cloud-init", "/usr/sbin/cloud-init", "/usr/local/bin/cloud-init"] as const;
/** Files by which the guest's owner, or Debian's package, turns cloud-init off. */
const DISABLED = "/etc/cloud/cloud-init.disabled";

async function plan({ files, guest, options }: FixContext): Promise<FixPlan> {
  const draft = new PlanDraft(ID);
  const { cloudInit } = options;
  if (cloudInit === null) return draft.finish();
  if (cloudInit.place === "iso") {
    draft.leave("the data for cloud-init is in an image beside the disks, not in the guest");
    return draft.finish();
  }
  await writeSeed(draft, files, cloudInit.seed, guest.hostname);
  if (!await isInstalled(files)) draft.warn(notInstalled());
  if (await files.exists(DISABLED)) {
    const before = await files.readText(DISABLED);
    await draft.edit(files, {
      path: DISABLED,
      before,
      after: null,
      why: "It keeps cloud-init from starting, and --cloud-init-config asks for it.",
    });
  }
  return draft.finish();
}

async function writeSeed(
  draft: PlanDraft,
  files: GuestFiles,
  seed: CloudSeed,
  hostname: string,
): Promise<void> {
  for (const [name, text] of Object.entries(seedFiles(seed, hostname))) {
    const path = `${SEED_FOLDER}/${name}`;
    const before = await files.readText(path);
    const why = "Data for cloud-init, as asked for.";
    await draft.edit(files, { path, before, after: text, why, mode: 0o600, secret: true });
  }
  await draft.edit(files, {
    path: SETTINGS,
    before: await files.readText(SETTINGS),
    after: "# Written by hyper2kvm.\ndatasource_list: [ NoCloud, None ]\n",
    why: "cloud-init takes the data in the guest, and looks for VMware's no more.",
  });
}

async function isInstalled(files: GuestFiles): Promise<boolean> {
  for (const path of PROGRAMS) if (await files.exists(path)) return true;
  return false;
}

function notInstalled(): Parameters<PlanDraft["warn"]>[0] {
  return {
    id: "cloud-init/not-installed",
    severity: "warning",
    message: "The guest has no cloud-init: the data of --cloud-init-config lies in it unread.",
    hint: "Install the package cloud-init in the guest, or use --first-boot FILE, which needs nothing.",
  };
}

/** Puts data for cloud-init into the guest. */
export const cloudInit: Fix = {
  id: ID,
  title: "Data for cloud-init",
  applies: (guest) => guest.osType === "linux",
  plan,
};
