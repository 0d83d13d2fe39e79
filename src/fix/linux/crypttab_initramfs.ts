/**
 * Keeps the encrypted root in an initramfs that is made in the appliance. cryptsetup's hook of initramfs-tools looks
 * for the volumes of the root filesystem under the names that they have while it runs, and in the appliance these are
 * not those of /etc/crypttab; a line with the option `initramfs` is taken whatever is open (crypttab(5) of Debian).
 *
 * @module
 */
import { resolveDevice, splitSubvolume } from "../../guest/devices.ts";
import type { Guest } from "../../model/guest.ts";
import type { Fix, FixContext, FixPlan } from "../fix.ts";
import { PlanDraft } from "../text_edit.ts";

const ID = "crypttab-initramfs";
const PATH = "/etc/crypttab";
/** cryptsetup's part of initramfs-tools; dracut opens what the kernel's arguments name. */
const HOOK = "/usr/share/initramfs-tools/hooks/cryptroot";
const OPTION = "initramfs";

/** Name and device; key and options, which may be missing. */
const LINE = /^(\s*[^\s#]\S*\s+(\S+))(?:(\s+)(\S+)(?:(\s+)(\S+))?)?(.*)$/s;

/** Marks the lines of the volumes that hold the filesystems which the initramfs mounts. */
export function markForInitramfs(text: string, { root, mounts, filesystems }: Guest): string {
  const usr = mounts.filter(({ path }) => path === "/usr").map(({ device }) => device);
  const needed = [root, ...usr].flatMap((name) => {
    const { device } = splitSubvolume(name);
    return filesystems.find((one) => one.device === device)?.within ?? [];
  });
  const lines = text.split("\n").map((line) => {
    const [, head, device, gap = " ", key = "none", optionGap = " ", options, rest] = LINE.exec(line) ?? [];
    if (head === undefined || device === undefined) return line;
    const volume = resolveDevice(device, filesystems)?.device;
    if (volume === undefined || !needed.includes(volume)) return line;
    if (options?.split(",").includes(OPTION)) return line;
    const marked = options === undefined || options === "none" ? OPTION : `${options},${OPTION}`;
    return `${head}${gap}${key}${optionGap}${marked}${rest ?? ""}`;
  });
  return lines.join("\n");
}

async function plan({ files, guest, options }: FixContext): Promise<FixPlan> {
  const draft = new PlanDraft(ID);
  const isMadeHere = options.initramfs === "rebuild" || options.initramfsMadeAnew === true;
  if (!isMadeHere || options.tasks === "now" || !await files.exists(HOOK)) return draft.finish();
  const before = await files.readText(PATH);
  if (before === null) return draft.finish();
  const why = "The initramfs is made anew where encrypted volumes are open under other names.";
  await draft.edit(files, { path: PATH, before, after: markForInitramfs(before, guest), why });
  return draft.finish();
}

/** Keeps the encrypted root in an initramfs that is made in the appliance. */
export const crypttabInitramfs: Fix = {
  id: ID,
  title: "Keep the encrypted root in a new initramfs",
  applies: (guest) =>
    guest.osType === "linux" && guest.filesystems.some(({ within }) => within !== undefined),
  plan,
};
