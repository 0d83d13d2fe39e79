/**
 * What the guest itself does once, when it first boots on KVM: a script, and the systemd unit that starts it
 * and removes itself when the script has succeeded. Until then it is tried at every boot.
 *
 * @module
 */
import type { GuestFiles } from "../../guest/files.ts";
import type { FixOptions } from "../fix.ts";
import type { PlanDraft } from "../text_edit.ts";

/** One task of the first boot. */
export interface FirstBootTask {
  /** Name of the unit and of its script, after `hyper2kvm-`. */
  readonly name: string;
  /** What it does, for `systemctl` and the console. */
  readonly description: string;
  /** Shell commands; the task has succeeded when their status is 0. */
  readonly commands: string;
  /** Whether it needs the network. */
  readonly network: boolean;
  /** Why, for the report. */
  readonly why: string;
}

/** Folder of the units of a guest's owner. */
export const UNIT_FOLDER = "/etc/systemd/system";
/** Where the scripts go: a folder whose SELinux label lets systemd run them. */
const SCRIPT_FOLDER = "/usr/local/sbin";
const WANTED_BY = `${UNIT_FOLDER}/multi-user.target.wants`;
/** How long a task may take before systemd ends it, in seconds; it is tried again at the next boot. */
const LIMIT_SECONDS = 900;

/** When the tasks run, at the start of a sentence. */
export function taskTime({ tasks }: Pick<FixOptions, "tasks">, needs = ""): string {
  return tasks === "now" ? "While it runs" : `At its first boot${needs}`;
}

/** Whether the guest boots by systemd. */
export async function hasSystemd(files: GuestFiles): Promise<boolean> {
  return await files.exists("/usr/lib/systemd/systemd") || await files.exists("/lib/systemd/systemd");
}

/** Paths of a task's files. */
export function taskPaths(name: string): { unit: string; script: string; wants: string } {
  return {
    unit: `${UNIT_FOLDER}/hyper2kvm-${name}.service`,
    script: `${SCRIPT_FOLDER}/hyper2kvm-${name}`,
    wants: `${WANTED_BY}/hyper2kvm-${name}.service`,
  };
}

/** The unit of a task (systemd.service(5)). */
export function taskUnit({ name, description, network }: FirstBootTask): string {
  const { script } = taskPaths(name);
  return `# Written by hyper2kvm. Removes itself when it has succeeded; until then it runs at every boot.
[Unit]
Description=${description}
ConditionPathExists=${script}
# When all else is up: package managers restart services, and nobody has to wait for a login.
After=multi-user.target
${network ? "Wants=network-online.target\nAfter=network-online.target\n" : ""}
[Service]
Type=oneshot
ExecStart=/bin/sh ${script}
StandardOutput=journal+console
StandardError=journal+console
TimeoutStartSec=${LIMIT_SECONDS}

[Install]
WantedBy=multi-user.target
`;
}

/** The script of a task: its commands, and the end of the task when they have succeeded. */
export function taskScript({ name, description, commands }: FirstBootTask): string {
  const { unit, script, wants } = taskPaths(name);
  return `#!/bin/sh
# Written by hyper2kvm: ${description}.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive
say() { echo "hyper2kvm: $*"; }
task() {
${commands.trim()}
}
if ! task; then
  say "failed, and will be tried again at the next boot: ${name}"
  exit 1
fi
rm -f ${wants} ${unit} ${script}
systemctl daemon-reload 2>/dev/null || true
say "done: ${name}"
`;
}

/** Plans the files of a task. */
export async function planTask(draft: PlanDraft, files: GuestFiles, task: FirstBootTask): Promise<void> {
  const { unit, script, wants } = taskPaths(task.name);
  const write = async (path: string, after: string, mode?: number): Promise<void> => {
    const edit = { path, before: await files.readText(path), after, why: task.why };
    await draft.edit(files, mode === undefined ? edit : { ...edit, mode });
  };
  await write(script, taskScript(task), 0o755);
  await write(unit, taskUnit(task));
  await draft.link(files, wants, unit, `It makes the guest start the unit: ${task.description}.`);
}
