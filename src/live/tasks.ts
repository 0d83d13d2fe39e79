/**
 * The tasks that fixes leave to the guest (the removal of guest tools, the installation of the agent), run at once,
 * since the guest runs. systemd runs them, so that they come to their end without this connection, too.
 *
 * @module
 */
import { UNIT_FOLDER } from "../fix/linux/first_boot.ts";
import type { Concern } from "../model/concern.ts";
import { quote } from "../ssh/arguments.ts";
import type { RemoteRoot } from "./remote_root.ts";

/** How many of a task's last lines a concern shows. */
const LINES_SHOWN = 8;

/** Concerns of fixes that say when a task runs; what became of it is said instead. */
const ANNOUNCEMENTS: ReadonlySet<string> = new Set(["vmware-tools/first-boot", "guest-agent/first-boot"]);

/** The concerns of a plan whose tasks have been run. */
export function withoutAnnouncements(concerns: readonly Concern[]): readonly Concern[] {
  return concerns.filter(({ id }) => !ANNOUNCEMENTS.has(id));
}

/**
 * Has systemd read its units again and run the tasks that wait; a task that fails is tried again at the next boot.
 *
 * @throws {MigrateError} `network/failed` when the connection is lost; the tasks go on
 */
export async function runTasks(
  root: RemoteRoot,
  onTask: (unit: string) => void,
): Promise<readonly Concern[]> {
  const list = `systemctl daemon-reload; for unit in ${UNIT_FOLDER}/hyper2kvm-*.service; do
  [ -e "$unit" ] && echo "\${unit##*/}"
done; true`;
  const units = (await root.must("have systemd read its units", list)).split("\n").filter((name) =>
    name !== ""
  );
  const concerns: Concern[] = [];
  for (const unit of units) {
    onTask(unit);
    // A task that succeeds removes its unit while it runs, which systemctl may call a failure.
    const start = `systemctl start ${quote(unit)}; [ ! -e ${quote(`${UNIT_FOLDER}/${unit}`)} ]`;
    const { status } = await root.run(start);
    const log = `journalctl -q -o cat -u ${quote(unit)} -n ${LINES_SHOWN} --no-pager 2>/dev/null`;
    const lines = (await root.run(log)).stdout.trim().split("\n").filter((line) => line !== "");
    concerns.push(status === 0 ? succeeded(unit, lines) : failed(unit, lines));
  }
  return concerns;
}

function succeeded(unit: string, lines: readonly string[]): Concern {
  const removed = lines.findLast((line) => /^hyper2kvm: removing /.test(line))?.slice("hyper2kvm: ".length);
  return {
    id: "live/task-done",
    severity: "information",
    message: `The guest has run ${unit}${removed === undefined ? "" : ` (${removed})`}.`,
    hint: "Packages do not come back with --undo; the guest's package manager knows them.",
  };
}

function failed(unit: string, lines: readonly string[]): Concern {
  const last = lines.findLast((line) => /^(E:|dpkg|Error|error)/.test(line)) ??
    lines.findLast((line) => !/Consumed .* CPU time|^hyper2kvm: failed/.test(line));
  return {
    id: "live/task-failed",
    severity: "warning",
    message: `${unit} failed in the guest${last === undefined ? "" : `: ${last}`}`,
    hint: `See it with: journalctl -u ${unit}. It is tried again at every boot until it succeeds.`,
  };
}
