/**
 * The unit files that `hyper2kvm systemd` writes: for one job, for a watched folder, and templates for both.
 *
 * @module
 */
import { basename, dirname, resolve } from "@std/path";
import type { Job } from "../config/schema.ts";
import { type Needs, needsOf } from "../confine/needs.ts";
import type { SelfCommand } from "../run/self.ts";
import { serviceUnit, timerUnit } from "./unit.ts";

/** A file. */
export interface UnitFile {
  /** Its name. */
  readonly name: string;
  /** Its text. */
  readonly text: string;
}

/** What units are made from. */
export interface UnitPlan {
  /** How the program is started. */
  readonly self: SelfCommand;
  /** The job file, with its machines and their sources' folders; none gives templates. */
  readonly job?: { readonly path: string; readonly jobs: readonly Job[] };
  /** The folder to watch, with the template's options. */
  readonly watch?: { readonly folder: string; readonly template: string | undefined; readonly job: Job };
  /** The most memory. */
  readonly memoryMax: string;
}

const NOTHING = {
  reads: [],
  writes: [],
  writtenFiles: [],
  network: [],
  devices: ["/dev/kvm"],
  variables: [],
} as const;

/** The program, and the variables that it needs to start. */
function start({ program, args, env }: SelfCommand): string[] {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return variables.length === 0 ? [program, ...args] : ["/usr/bin/env", ...variables, program, ...args];
}

/** What the program reads to start belongs to the needs of a unit. */
const withProgram = (needs: Needs, { reads }: SelfCommand): Needs => ({
  ...needs,
  reads: [...needs.reads, ...reads],
});

/** The units of a plan. */
export function unitFiles(plan: UnitPlan): UnitFile[] {
  const { job, watch } = plan;
  const files = [
    ...job === undefined ? [] : jobUnits(plan, job),
    ...watch === undefined ? [] : watchUnits(plan, watch),
  ];
  return files.length > 0 ? files : templates(plan);
}

function jobUnits(
  { self, memoryMax }: UnitPlan,
  { path, jobs }: NonNullable<UnitPlan["job"]>,
): UnitFile[] {
  const name = `hyper2kvm-${basename(path).replace(/\.[^.]+$/, "").replaceAll(/[^\w.-]/g, "_")}`;
  // The folder of a source: what it names is beside it.
  const machines = jobs.map((one) => ({
    job: one,
    files: one.source.filter((source) => !source.includes("://")).map((source) => dirname(resolve(source))),
  }));
  const description = `hyper2kvm: ${basename(path)}`;
  const service = serviceUnit({
    ...{ description, command: [...start(self), "run", path], kind: "job", memoryMax },
    needs: withProgram(needsOf(machines, [path], true), self),
  });
  return [
    { name: `${name}.service`, text: service },
    { name: `${name}.timer`, text: timerUnit(`${description}, every night`, "*-*-* 02:00") },
  ];
}

function watchUnits(
  { self, memoryMax }: UnitPlan,
  { folder, template, job }: NonNullable<UnitPlan["watch"]>,
): UnitFile[] {
  const options = template === undefined ? ["-o", job.output!] : ["--job", template];
  const needs = needsOf([{ job, files: [] }], template === undefined ? [] : [template], true);
  return [{
    name: "hyper2kvm-watch.service",
    text: serviceUnit({
      description: `hyper2kvm: watch ${folder}`,
      command: [...start(self), "watch", folder, ...options],
      ...{ kind: "watch", memoryMax, metricsPort: job.metrics_port },
      needs: withProgram({ ...needs, writes: [folder, ...needs.writes] }, self),
    }),
  }];
}

/** Units for job files in /etc/hyper2kvm, which write below /var/lib/hyper2kvm. */
function templates({ self, memoryMax }: UnitPlan): UnitFile[] {
  const state = "/var/lib/hyper2kvm";
  const common = { memoryMax, needs: withProgram({ ...NOTHING, reads: ["/etc/hyper2kvm"] }, self) };
  return [
    {
      name: "hyper2kvm@.service",
      text: serviceUnit({
        ...{ ...common, kind: "job", stateFolder: "hyper2kvm", description: "hyper2kvm: %i.yaml" },
        command: [...start(self), "run", "/etc/hyper2kvm/@i@.yaml"],
      }).replaceAll("@i@", "%i"),
    },
    { name: "hyper2kvm@.timer", text: timerUnit("hyper2kvm: %i.yaml, every night", "*-*-* 02:00") },
    {
      name: "hyper2kvm-watch.service",
      text: serviceUnit({
        ...{ ...common, kind: "watch", stateFolder: "hyper2kvm hyper2kvm/incoming hyper2kvm/output" },
        description: `hyper2kvm: watch ${state}/incoming`,
        command: [
          ...start(self),
          "watch",
          `${state}/incoming`,
          "-o",
          `${state}/output`,
          "--job",
          "/etc/hyper2kvm/watch.yaml",
        ],
      }),
    },
  ];
}
