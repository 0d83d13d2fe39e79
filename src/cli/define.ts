/**
 * Command `define`.
 *
 * @module
 */
import { MigrateError } from "../model/error.ts";
import type { Concern } from "../model/concern.ts";
import { colored, pageFor, paragraph } from "../report/page.ts";
import { requireSource } from "./convert.ts";
import { print } from "./output.ts";
import { type Session, withSession } from "./session.ts";

/** One machine that libvirt has now. */
interface Defined {
  readonly name: string;
  readonly uri: string;
  readonly uuid: string;
  readonly replaced: boolean;
  readonly concerns: readonly Concern[];
}

/** Defines finished machines in libvirt. */
export async function run(args: readonly string[]): Promise<number> {
  return await withSession("define", args, async (session) => {
    const { job } = session;
    requireSource("define", job);
    const [path = "", another] = job.source;
    if (another !== undefined) {
      throw new MigrateError(
        "usage/bad-option",
        `Cannot define ${another} as well: one image or report at a time.`,
      );
    }
    const { finishedMachines } = await import("../orchestrator/finished_machine.ts");
    const defined: Defined[] = [];
    for (const machine of await finishedMachines(path, job.name, session.signal)) {
      defined.push(await defineOne(session, machine));
    }
    show(session, defined);
    return 0;
  });
}

type Finished = Awaited<
  ReturnType<typeof import("../orchestrator/finished_machine.ts").finishedMachines>
>[number];

async function defineOne({ job, signal, emit }: Session, finished: Finished): Promise<Defined> {
  const { machineRequest, withChoices } = await import("../libvirt/machine_request.ts");
  const { targetMachine } = await import("../libvirt/target.ts");
  const { placeMachine } = await import("../libvirt/place_machine.ts");
  const { probeAccelerator } = await import("../verify/kvm_probe.ts");
  const { source, disks, definition, ...rest } = finished;
  const vm = source.name;
  const { accelerator } = await probeAccelerator(signal);
  const { machine, concerns } = targetMachine({
    ...machineRequest(job),
    ...rest,
    source: { ...source, machine: withChoices(source.machine, job) },
    outputs: disks,
    accelerator,
  });
  emit({ type: "stage-start", vm, stage: "define", title: "Define the machine" });
  const started = performance.now();
  const end = (status: "done" | "failed", summary: string): void =>
    emit({
      ...{ type: "stage-end", vm, stage: "define", status, summary },
      elapsedMs: Math.round(performance.now() - started),
    });
  try {
    const placed = await placeMachine({
      ...{ machine, disks, definition, job, signal },
      onProgress: (disk, doneBytes, totalBytes) =>
        emit({ type: "progress", vm, stage: "define", disk, doneBytes, totalBytes }),
    });
    end("done", `defined on ${placed.uri}`);
    return { name: vm, ...placed, concerns: [...concerns, ...placed.concerns] };
  } catch (error) {
    end("failed", error instanceof Error ? error.message : String(error));
    throw error;
  }
}

function show(session: Session, defined: readonly Defined[]): void {
  session.endProgress();
  const { job, redactor } = session;
  if (job.json) return print(`${JSON.stringify(redactor.value(defined), null, 2)}\n`);
  if (job.quiet) return;
  const page = pageFor(session.page);
  const lines = defined.flatMap(({ name, uri, uuid, replaced, concerns }) => [
    ...colored(page, "green", `${page.marks.done} ${name}: ${replaced ? "replaced" : "defined"} on ${uri}`),
    ...paragraph(page, `UUID ${uuid}; start it: virsh --connect ${uri} start ${name}`),
    ...concerns.flatMap(({ severity, message, hint }) =>
      paragraph(page, `${severity}: ${message}${hint === undefined ? "" : ` ${hint}`}`)
    ),
  ]);
  print(`${redactor.value(lines).join("\n")}\n`);
}
