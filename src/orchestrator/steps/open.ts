/**
 * Step `open`: overlays on the source, and one appliance with all of them.
 *
 * @module
 */
import { join } from "@std/path";
import { createOverlays } from "../../disk/overlay.ts";
import { GuestSession } from "../../guest/session.ts";
import type { SourceDisk } from "../../model/disk.ts";
import { APPLIANCE } from "../../run/costs.ts";
import { type Findings, leaseFor, type Migration, need, type StepResult } from "../migration.ts";

/** Opens the disks; a plan does so too, on overlays that it throws away. */
export async function open(migration: Migration): Promise<StepResult> {
  const { disks } = need(migration, "source");
  return await openDisks(migration, disks);
}

/** Puts overlays on disks and opens them in one appliance. */
export async function openDisks(
  migration: Migration,
  disks: readonly SourceDisk[],
): Promise<StepResult & { readonly found: Pick<Required<Findings>, "qmpSocket" | "session"> }> {
  const { signal, resources } = migration;
  const workDir = await migration.workDir();
  const host = need(migration, "host");
  const overlays = await createOverlays(disks, workDir, signal);
  const drives = overlays.map(({ path }) => ({ path, format: "qcow2" as const, discard: true }));
  const qmpSocket = await socketPath(migration, workDir);
  const lease = resources.use(await leaseFor(migration, "open", APPLIANCE));
  const session = await GuestSession.open({
    disks: drives,
    accelerator: host.accelerator,
    tmpDir: workDir,
    qmpSocket,
    signal,
    onClosed: () => lease[Symbol.dispose](),
  });
  resources.use(session);
  return { found: { overlays, qmpSocket, session }, summary: `libguestfs ${host.libguestfs}` };
}

/** The longest path that a Unix socket can have: sun_path less its NUL, unix(7). */
const SOCKET_PATH_BYTES = 107;

/** A path for a socket: in the work folder, or in the system's temporary one where that path is too long. */
async function socketPath({ resources }: Migration, workDir: string): Promise<string> {
  const path = join(workDir, "qmp");
  if (new TextEncoder().encode(path).length <= SOCKET_PATH_BYTES) return path;
  const folder = await Deno.makeTempDir({ prefix: "hyper2kvm-" });
  resources.defer(() => Deno.remove(folder, { recursive: true }));
  return join(folder, "qmp");
}
