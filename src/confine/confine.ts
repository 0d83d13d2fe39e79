/**
 * From a job to the command that runs it confined.
 *
 * @module
 */
import type { LoadedBatch } from "../config/batch.ts";
import { libguestfsVersion } from "../guest/library.ts";
import { MigrateError } from "../model/error.ts";
import { SANDBOX_VARIABLE, type SandboxFacts, thisProcess } from "../run/process_identity.ts";
import { selfCommand } from "../run/self.ts";
import { cacheFolder } from "../verify/known_kvm.ts";
import { probeAccelerator } from "../verify/kvm_probe.ts";
import { fixedAppliance } from "./appliance.ts";
import { bubblewrapArgs, SANDBOX_HOME, SANDBOX_TMP } from "./bubblewrap.ts";
import { type Needs, needsOf } from "./needs.ts";
import { denoPermissions, type Permission } from "./permissions.ts";
import { survey } from "./survey.ts";

/** A confined job. */
export interface Confined {
  /** What it needs. */
  readonly needs: Needs;
  /** Its Deno permissions; in a binary, which has all, they are what it uses. */
  readonly permissions: readonly Permission[];
  /** The command; the arguments of the program follow. */
  readonly command: readonly string[];
}

/** Variables of the user that are passed on, beside those that begin with HYPER2KVM_. */
const PASSED = [
  "LANG",
  "LC_ALL",
  "LC_CTYPE",
  "TERM",
  "COLORTERM",
  "NO_COLOR",
  "LIBGUESTFS_DEBUG",
  "LIBGUESTFS_TRACE",
];

/**
 * Computes the sandbox of a job.
 *
 * @throws {MigrateError} `tool/missing` without bubblewrap; what is wrong with the source
 */
export async function confine(
  batch: LoadedBatch,
  configs: readonly string[],
  signal: AbortSignal,
): Promise<Confined> {
  libguestfsVersion();
  const probe = await probeAccelerator(signal);
  const looker = selfCommand(["-A"]);
  const machines = [];
  for (const { job } of batch.jobs) machines.push(await survey(looker, job, signal));
  const needs = needsOf(machines, configs, probe.accelerator === "kvm");
  const cache = cacheFolder();
  if (cache === null) {
    throw new MigrateError(
      "usage/bad-value",
      "Cannot confine the job: there is no folder for its appliance.",
      {
        hint: "Set HOME or XDG_CACHE_HOME.",
      },
    );
  }
  const appliance = await fixedAppliance(cache, signal);
  const own = [...looker.reads, appliance];
  const permissions = denoPermissions(needs, own, [SANDBOX_TMP, "/var/tmp"]);
  const { program, args, reads, env } = selfCommand(permissions.map((one) => one.flag));
  const facts: SandboxFacts = {
    ...await thisProcess(),
    accelerator: probe.accelerator,
    acceleratorReason: probe.reason,
  };
  const sandbox = {
    ...{ needs, appliance, own: reads, hostname: Deno.hostname(), cwd: Deno.cwd() },
    env: {
      ...passedOn(needs),
      ...env,
      LIBGUESTFS_PATH: appliance,
      [SANDBOX_VARIABLE]: JSON.stringify(facts),
    },
  };
  return { needs, permissions, command: ["bwrap", ...bubblewrapArgs(sandbox), program, ...args] };
}

function passedOn({ variables, network }: Needs): Record<string, string> {
  const all = Deno.env.toObject();
  const wanted = [...PASSED, ...variables, ...network.length > 0 ? ["SSH_AUTH_SOCK"] : []];
  return {
    ...Object.fromEntries(
      Object.entries(all).filter(([name]) => wanted.includes(name) || name.startsWith("HYPER2KVM_")),
    ),
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: network.length > 0 ? all.HOME ?? SANDBOX_HOME : SANDBOX_HOME,
    TMPDIR: SANDBOX_TMP,
  };
}
