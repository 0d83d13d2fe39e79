/**
 * Which files a source consists of, found out in a sandbox of its own: that one reads the host, but writes nothing and
 * has no network, so that an image made to break what reads it can do no harm.
 *
 * @module
 */
import type { Job } from "../config/schema.ts";
import { MigrateError } from "../model/error.ts";
import type { DiscoveredSource } from "../model/source.ts";
import { runCommand } from "../run/command.ts";
import { exists } from "../run/files.ts";
import type { SelfCommand } from "../run/self.ts";
import { companionsOf, type Surveyed } from "./needs.ts";

/** The arguments of bubblewrap for a look at a source. */
export function surveyArgs({ program, args, env }: SelfCommand, job: Job): string[] {
  const options = [
    ...job.kind === undefined ? [] : ["--kind", job.kind],
    ...job.vm.flatMap((name) => ["--vm", name]),
    ...job.member === undefined ? [] : ["--member", job.member],
    "--no-verify-manifest",
  ];
  return [
    ...["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--ro-bind", "/", "/"],
    // The only place that can be written is /dev/shm in a /dev of its own.
    ...["--proc", "/proc", "--dev", "/dev", "--setenv", "TMPDIR", "/dev/shm"],
    ...Object.entries(env).flatMap(([name, value]) => ["--setenv", name, value]),
    ...[program, ...args, "inspect", ...job.source, "--json", "--quiet", ...options],
  ];
}

/**
 * Looks at a machine's source.
 *
 * @throws {MigrateError} What `inspect` finds wrong with it
 */
export async function survey(self: SelfCommand, job: Job, signal: AbortSignal): Promise<Surveyed> {
  const isElsewhere = job.vcenter !== undefined || job.source.some((one) => one.includes("://"));
  if (job.source.length === 0 || isElsewhere) return { job, files: [] };
  const options = {
    signal,
    env: { NO_COLOR: "1" },
    okStatuses: Array.from({ length: 256 }, (_, code) => code),
  };
  const { status, stdout, stderr } = await runCommand("bwrap", surveyArgs(self, job), options);
  if (status !== 0) throw failure(status, stderr);
  const { disks } = JSON.parse(stdout) as DiscoveredSource;
  const named = [...job.source, ...job.source.flatMap(companionsOf), ...disks.flatMap((disk) => disk.files)];
  const there = await Promise.all(named.map(exists));
  return { job, files: named.filter((_, index) => there[index]) };
}

function failure(status: number, stderr: string): MigrateError {
  const [first = "", second] = stderr.trim().split("\n");
  const hint = second?.startsWith("hint: ") ? { hint: second.slice("hint: ".length) } : {};
  if (first.startsWith("hyper2kvm: ")) {
    const code = status === 9 ? "source/unsupported" : status === 3 ? "permission/denied" : "tool/failed";
    return new MigrateError(code, first.slice("hyper2kvm: ".length), hint);
  }
  return new MigrateError("tool/failed", `Cannot confine the job: ${first}`, {
    hint: "bwrap needs user namespaces: sysctl kernel.unprivileged_userns_clone, user.max_user_namespaces.",
  });
}
