/**
 * The numbers of a run in Prometheus' text format (exposition format 0.0.4), for node_exporter's textfile collector.
 *
 * @module
 */
import type { Report } from "../model/report.ts";

/** One metric with its samples. */
export interface Metric {
  /** Name without `hyper2kvm_`. */
  readonly name: string;
  /** One sentence. */
  readonly help: string;
  /** What it is (default: gauge). */
  readonly type?: "gauge" | "counter";
  /** Its values. */
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** Writes the numbers, complete or not at all: a collector may read at any time. */
export async function writeMetrics(report: Report, path: string): Promise<void> {
  await writeMetricsText(toMetrics(report), path);
}

/** Writes a text of numbers, complete or not at all. */
export async function writeMetricsText(text: string, path: string): Promise<void> {
  await Deno.writeTextFile(`${path}.partial`, text);
  await Deno.rename(`${path}.partial`, path);
}

/** The text for a run. */
export function toMetrics(report: Report): string {
  return metricsText(metrics(report));
}

/** The text. */
export function metricsText(all: readonly Metric[]): string {
  return all.flatMap(({ name, help, type = "gauge", samples }) => [
    `# HELP hyper2kvm_${name} ${help}`,
    `# TYPE hyper2kvm_${name} ${type}`,
    ...samples.map(({ labels, value }) => `hyper2kvm_${name}${labelText(labels)} ${value}`),
  ]).join("\n") + "\n";
}

function metrics({ vms, startedAt, finishedAt }: Report): Metric[] {
  const failures = Map.groupBy(
    vms.flatMap((vm) => vm.error === undefined ? [] : [vm.error.code]),
    (code) => code,
  );
  const statuses = Map.groupBy(vms, (vm) => vm.status);
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
  return [
    {
      name: "run_seconds",
      help: "Duration of the run.",
      samples: [{ labels: {}, value: (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000 }],
    },
    {
      name: "run_finished_timestamp_seconds",
      help: "When the run ended, in seconds since 1970.",
      samples: [{ labels: {}, value: Date.parse(finishedAt) / 1000 }],
    },
    {
      name: "machines",
      help: "Machines by outcome.",
      samples: ["succeeded", "failed", "cancelled"].map((status) => ({
        labels: { status },
        value: statuses.get(status as "failed")?.length ?? 0,
      })),
    },
    {
      name: "failures",
      help: "Machines that failed, by error code.",
      samples: [...failures].map(([code, all]) => ({ labels: { code }, value: all.length })),
    },
    {
      name: "step_seconds",
      help: "Duration of each step.",
      samples: vms.flatMap((vm) =>
        vm.stages.map((one) => ({
          labels: { vm: vm.name, step: one.stage, status: one.status },
          value: one.elapsedMs / 1000,
        }))
      ),
    },
    {
      name: "source_bytes",
      help: "What the source's disks take on storage.",
      samples: vms.map((vm) => ({
        labels: { vm: vm.name },
        value: sum((vm.source?.disks ?? []).map((disk) => disk.allocatedSizeBytes)),
      })),
    },
    {
      name: "output_bytes",
      help: "What the finished disks take on storage.",
      samples: vms.map((vm) => ({
        labels: { vm: vm.name },
        value: sum(vm.outputs.map((disk) => disk.allocatedSizeBytes)),
      })),
    },
  ];
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
