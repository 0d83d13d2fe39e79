/**
 * qemu-guest-agent: enabled where it is installed, and installed by the guest at its first boot on request.
 *
 * @module
 */
import type { GuestFiles } from "../../guest/files.ts";
import { iniValues, parseIni } from "../../guest/network_map/ini.ts";
import type { Fix, FixContext, FixOptions, FixPlan } from "../fix.ts";
import { PlanDraft } from "../text_edit.ts";
import { hasSystemd, planTask, taskTime, UNIT_FOLDER } from "./first_boot.ts";

const ID = "guest-agent";
const UNIT = "qemu-guest-agent.service";
const UNIT_FOLDERS = [UNIT_FOLDER, "/usr/lib/systemd/system", "/lib/systemd/system"] as const;

/** Installs the agent by whichever package manager there is; each ends at once where it is installed. */
const INSTALL = `
if command -v apt-get >/dev/null; then
  apt-get -q -o DPkg::Lock::Timeout=300 update
  apt-get -q -y -o DPkg::Lock::Timeout=300 --no-install-recommends install qemu-guest-agent || return 1
elif command -v dnf >/dev/null; then dnf -y -q install qemu-guest-agent || return 1
elif command -v yum >/dev/null; then yum -y -q install qemu-guest-agent || return 1
elif command -v zypper >/dev/null; then zypper --non-interactive install qemu-guest-agent || return 1
elif command -v pacman >/dev/null; then pacman -Sy --noconfirm --needed qemu-guest-agent || return 1
else
  say "no known package manager"
  return 1
fi
if [ -e /dev/virtio-ports/org.qemu.guest_agent.0 ]; then
  systemctl enable --now ${UNIT} || systemctl start ${UNIT}
else
  # It would wait for a port that the machine does not have; with the port, it starts at the next boot.
  systemctl enable ${UNIT} || true
fi`;

/** The targets that a unit's `[Install]` section wants it started by (systemd.unit(5)). */
export function wantedBy(unit: string): readonly string[] {
  return iniValues(parseIni(unit), "Install", "WantedBy").flatMap((value) =>
    value.split(/\s+/).filter((name) => name !== "")
  );
}

async function plan({ files, options }: FixContext): Promise<FixPlan> {
  const draft = new PlanDraft(ID);
  const path = await findUnit(files);
  if (path !== null) await enable(draft, files, path);
  else if (options.installGuestAgent) await install(draft, files, options);
  else draft.leave("qemu-guest-agent is not installed; --install-guest-agent has the guest install it");
  return draft.finish();
}

async function findUnit(files: GuestFiles): Promise<string | null> {
  for (const folder of UNIT_FOLDERS) {
    if ((await files.list(folder)).includes(UNIT)) return `${folder}/${UNIT}`;
  }
  return null;
}

async function enable(draft: PlanDraft, files: GuestFiles, path: string): Promise<void> {
  if (await files.readLink(path) === "/dev/null") {
    return draft.leave("qemu-guest-agent is installed, and its owner has masked it", path);
  }
  const targets = wantedBy(await files.readText(path) ?? "");
  if (targets.length === 0) return draft.leave("udev starts qemu-guest-agent when its port appears", path);
  for (const target of targets) {
    const link = `${UNIT_FOLDER}/${target}.wants/${UNIT}`;
    if (await files.readLink(link) !== null) draft.leave("qemu-guest-agent is enabled", path);
    else await draft.link(files, link, path, "It starts qemu-guest-agent, which is installed, on KVM.");
  }
}

async function install(draft: PlanDraft, files: GuestFiles, options: FixOptions): Promise<void> {
  if (!await hasSystemd(files)) {
    return draft.warn({
      id: "guest-agent/no-systemd",
      severity: "warning",
      message: "qemu-guest-agent cannot be installed at the first boot: the guest has no systemd.",
      hint: "Install it in the guest by hand.",
    });
  }
  const when = taskTime(options, " with a network");
  const why = `${when} the guest installs qemu-guest-agent from its own repositories.`;
  await planTask(draft, files, {
    name: "install-guest-agent",
    description: "Install qemu-guest-agent",
    commands: INSTALL,
    network: true,
    why,
  });
  draft.warn({
    id: "guest-agent/first-boot",
    severity: "information",
    message: `${why} Nothing of it happens during the conversion.`,
    hint:
      "See it with: journalctl -u hyper2kvm-install-guest-agent. It is tried at every boot until it succeeds.",
  });
}

/** Enables qemu-guest-agent. */
export const guestAgent: Fix = {
  id: ID,
  title: "Start qemu-guest-agent",
  applies: (guest) => guest.osType === "linux",
  plan,
};
