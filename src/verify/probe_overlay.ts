/**
 * The throw-away overlays that carry the inside view into the boot proof.
 *
 * They are made while the appliance of the fixes still runs: its qemu is told to put a new overlay on every
 * disk, and the reporting unit is written there. So the fixed overlays stay exactly as they are copied, and no
 * second appliance is launched.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { splitSubvolume } from "../guest/devices.ts";
import { Labels } from "../guest/labels.ts";
import type { GuestSession } from "../guest/session.ts";
import type { DiskFormat } from "../model/disk.ts";
import type { Guest, GuestMount } from "../model/guest.ts";
import type { Nic } from "../model/source.ts";
import { runCommand } from "../run/command.ts";
import { QmpClient } from "../run/qmp.ts";
import type { ExpectedView } from "./inside_report.ts";
import { insideViewFiles } from "./inside_view.ts";

/** What {@linkcode makeProbeOverlays} needs. */
export interface ProbeOptions {
  /** The appliance; nothing is mounted in it any more. */
  readonly session: GuestSession;
  /** Control socket of the appliance's qemu. */
  readonly qmpSocket: string;
  /** The guest, for its mounts. */
  readonly guest: Guest;
  /** What the inside view will be compared with. */
  readonly expected: ExpectedView;
  /** Folder for the overlays. */
  readonly workDir: string;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
}

/** A block device as QMP's query-block describes it (QAPI type BlockInfo); only what is read here. */
interface BlockInfo {
  readonly device: string;
  readonly inserted?: { readonly file: string };
}

/** Puts a new overlay on every disk of the appliance and writes the reporting unit into it; paths in disk order. */
export async function makeProbeOverlays(options: ProbeOptions): Promise<string[]> {
  const { session, qmpSocket, guest, workDir, signal } = options;
  const overlays = await snapshotDisks(qmpSocket, workDir, signal);
  for (const mount of guest.mounts.filter(holdsUnits)) await session.call("mount", mount.device, mount.path);
  const addressedMacs = (options.expected.interfaces ?? []).filter((one) => one.dhcp || one.addresses?.length)
    .map((one) => one.mac);
  const labels = new Labels(session); // or SELinux keeps the unit from starting
  for (const { path, text, mode } of insideViewFiles({ addressedMacs })) {
    await labels.makeFolder(dirname(path));
    await session.call("write", path, new TextEncoder().encode(text));
    await session.call("chmod", mode, path);
    await labels.label(path);
  }
  await session.call("umount_all");
  return overlays;
}

/** Where /etc is: on the root, or on a filesystem of its own. */
function holdsUnits({ path }: GuestMount): boolean {
  return path === "/" || path === "/etc";
}

async function snapshotDisks(qmpSocket: string, workDir: string, signal: AbortSignal): Promise<string[]> {
  await using qmp = await QmpClient.connect(qmpSocket, { signal });
  const blocks = await qmp.execute("query-block") as readonly BlockInfo[];
  const ours = blocks.filter(({ inserted }) =>
    inserted?.file.startsWith(workDir) && inserted.file.includes("overlay-")
  );
  const overlays: string[] = [];
  for (
    const { device } of ours.toSorted((a, b) => (a.inserted?.file ?? "") < (b.inserted?.file ?? "") ? -1 : 1)
  ) {
    const path = join(workDir, `probe-${overlays.length + 1}.qcow2`);
    await qmp.execute("blockdev-snapshot-sync", { device, "snapshot-file": path, format: "qcow2" });
    overlays.push(path);
  }
  return overlays;
}

/**
 * Puts the probe overlays on the finished outputs, which hold what the fixed overlays held: only the name of
 * the backing file changes (`qemu-img rebase -u`).
 */
export async function rebaseProbeOverlays(
  overlays: readonly string[],
  outputs: readonly { readonly path: string; readonly format: DiskFormat }[],
  signal: AbortSignal,
): Promise<void> {
  for (const [index, overlay] of overlays.entries()) {
    const output = outputs[index];
    if (output === undefined) continue;
    const args = ["rebase", "-u", "-f", "qcow2", "-b", output.path, "-F", output.format, "--", overlay];
    await runCommand("qemu-img", args, { signal });
  }
}

/** What the migrated guest must show of itself; null for a guest without systemd, which cannot report. */
export async function expectedView(
  session: GuestSession,
  guest: Guest,
  nics: readonly Nic[],
): Promise<ExpectedView | null> {
  const hasSystemd = await session.call("exists", "/usr/lib/systemd/systemd") ||
    await session.call("exists", "/lib/systemd/systemd");
  if (guest.osType !== "linux" || !hasSystemd) return null;
  const { device } = splitSubvolume(guest.root);
  const rootUuid = guest.filesystems.find((one) => one.device === device)?.uuid;
  const interfaces = nics.flatMap((nic) => {
    const configured = guest.interfaces.find((one) => one.name === nic.guestName);
    if (configured === undefined) return [];
    return [{
      mac: nic.mac,
      name: configured.name,
      addresses: configured.addresses,
      dhcp: configured.dhcp,
    }];
  });
  return { interfaces, ...(rootUuid === undefined ? {} : { rootUuid }) };
}
