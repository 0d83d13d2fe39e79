/**
 * Settings that were made for the old hypervisor: X drivers are replaced; kernel arguments and module
 * settings are reported, because only their owner knows what they were for.
 *
 * @module
 */
import type { GuestFiles } from "../../guest/files.ts";
import type { Guest } from "../../model/guest.ts";
import type { Fix, FixContext, FixPlan } from "../fix.ts";
import { PlanDraft } from "../text_edit.ts";

const ID = "vm-settings";
/** Drivers of other hypervisors' graphics and mouse, and what drives the same device anywhere. */
const X_DRIVERS: readonly (readonly [driver: RegExp, replacement: string])[] = [
  [/^(vmware|vmwgfx|vboxvideo|prlvideo|hyperv_fb)$/i, "modesetting"],
  [/^(vmmouse|vboxmouse|prlmouse)$/i, "libinput"],
];
const X_FOLDER = "/etc/X11/xorg.conf.d";
const X_FILE = "/etc/X11/xorg.conf";
const MODPROBE_FOLDER = "/etc/modprobe.d";

/** Arguments of drivers that only other hypervisors have, or of their clocks. */
const FOREIGN_ARGUMENT =
  /^((vmw_\w+|vmwgfx|vmxnet3|vmw_pvscsi|hv_\w+|vboxguest|vboxvideo|mptspi|mptbase)\.\S+|video=(vmwgfx|hyperv_fb)\S*|clocksource=(hyperv\S*|vmi\S*)|disk\.EnableUUID\S*)$/i;
/** A virtio driver that may not be loaded (modprobe.d(5)). */
const BLOCKED = /^\s*(?:blacklist\s+(virtio\w*)|install\s+(virtio\w*)\s+\/(?:usr\/)?bin\/(?:true|false))\b/;

/** Replaces the drivers of other hypervisors in an xorg.conf(5); `changed` names them. */
export function replaceXDrivers(text: string): { text: string; changed: readonly string[] } {
  const changed = new Set<string>();
  const after = text.replaceAll(
    /^([ \t]*Driver[ \t]+")([^"\n]+)(".*)$/gim,
    (line: string, start: string, driver: string, end: string) => {
      const replacement = X_DRIVERS.find(([pattern]) => pattern.test(driver))?.[1];
      if (replacement === undefined) return line;
      changed.add(`${driver} → ${replacement}`);
      return `${start}${replacement}${end}`;
    },
  );
  return { text: after, changed: [...changed] };
}

/** The arguments of a kernel command line that only suit another hypervisor. */
export function foreignArguments(cmdline: string): readonly string[] {
  return cmdline.split(/\s+/).filter((argument) => FOREIGN_ARGUMENT.test(argument));
}

/** The virtio drivers that a file of modprobe.d keeps from loading. */
export function blockedDrivers(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => {
    const match = BLOCKED.exec(line);
    return match?.[1] ?? match?.[2] ?? [];
  });
}

async function plan({ files, guest }: FixContext): Promise<FixPlan> {
  const draft = new PlanDraft(ID);
  const parts = (await files.list(X_FOLDER)).filter((name) => name.endsWith(".conf"));
  for (const path of [X_FILE, ...parts.map((name) => `${X_FOLDER}/${name}`)]) {
    const before = await files.readText(path);
    if (before === null) continue;
    const { text, changed } = replaceXDrivers(before);
    const why = `X would look for a device of another hypervisor: ${changed.join("; ")}.`;
    await draft.edit(files, { path, before, after: text, why });
  }
  warnOfArguments(draft, guest);
  await warnOfBlocked(draft, files);
  return draft.finish();
}

function warnOfArguments(draft: PlanDraft, guest: Guest): void {
  const found = new Set(guest.bootEntries.flatMap(({ cmdline }) => foreignArguments(cmdline)));
  if (found.size === 0) return;
  draft.warn({
    id: "vm-settings/kernel-arguments",
    severity: "information",
    message: `Kernel arguments that only suit the old hypervisor stay: ${[...found].join(" ")}.`,
    hint: "They do nothing on KVM; take them out of the bootloader's settings when you like.",
  });
}

async function warnOfBlocked(draft: PlanDraft, files: GuestFiles): Promise<void> {
  for (const name of (await files.list(MODPROBE_FOLDER)).filter((one) => one.endsWith(".conf"))) {
    const path = `${MODPROBE_FOLDER}/${name}`;
    const blocked = blockedDrivers(await files.readText(path) ?? "");
    if (blocked.length === 0) continue;
    draft.warn({
      id: "vm-settings/virtio-blocked",
      severity: "warning",
      message: `${path} keeps ${blocked.join(", ")} from loading, which the guest needs on KVM.`,
      hint:
        "Remove the line in the source VM, unless it is there for a reason; then give the device another bus.",
    });
  }
}

/** Replaces X drivers of other hypervisors, and reports other settings made for them. */
export const vmSettings: Fix = {
  id: ID,
  title: "Replace settings for the old hypervisor's devices",
  applies: (guest) => guest.osType === "linux",
  plan,
};
