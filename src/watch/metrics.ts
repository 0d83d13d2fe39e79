/**
 * The numbers of a watched folder for Prometheus: as text, and on a port of this host.
 *
 * @module
 */
import { type Metric, metricsText } from "../report/metrics.ts";
import { MigrateError } from "../model/error.ts";
import type { QueueTotals } from "./queue.ts";

type Values = Readonly<Record<string, number>>;

/** The text of the numbers (exposition format 0.0.4). */
export function watchMetrics(totals: QueueTotals): string {
  const { states, failures, retries, sourceBytes, outputBytes, steps } = totals;
  const ofSteps = (value: (step: QueueTotals["steps"][string]) => number): Values =>
    Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, value(step)]));
  return metricsText([
    { name: "watch_items", help: "Arrivals by state.", samples: by("state", states) },
    counter("failures", "Attempts that failed, by error code.", by("code", failures)),
    counter("retries", "Attempts that are made again.", one(retries)),
    counter("source_bytes", "What the converted sources took on storage.", one(sourceBytes)),
    counter("output_bytes", "What the finished disks take on storage.", one(outputBytes)),
    counter("steps", "Steps that were done.", by("step", ofSteps(({ count }) => count))),
    counter(
      "step_seconds",
      "Duration of the steps, summed up.",
      by("step", ofSteps(({ seconds }) => seconds)),
    ),
    {
      name: "watch_seen_timestamp_seconds",
      help: "When the watcher last looked, in seconds since 1970.",
      samples: one(Date.now() / 1000),
    },
  ]);
}

const counter = (name: string, help: string, samples: Metric["samples"]): Metric => ({
  ...{ name: `watch_${name}_total`, help, samples },
  type: "counter",
});

const one = (value: number): Metric["samples"] => [{ labels: {}, value }];

const by = (label: string, values: Values): Metric["samples"] =>
  Object.entries(values).map(([name, value]) => ({ labels: { [label]: name }, value }));

/** A port of 127.0.0.1 that serves the numbers. */
export interface MetricsServer extends AsyncDisposable {
  /** The port. */
  readonly port: number;
}

/**
 * Serves the numbers under /metrics on a port of 127.0.0.1, which other hosts do not reach.
 *
 * @throws {MigrateError} `usage/bad-value` when the port is taken
 */
export function serveMetrics(port: number, text: () => string): MetricsServer {
  try {
    const server = Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, (request) => {
      if (new URL(request.url).pathname !== "/metrics") {
        return new Response("See /metrics.\n", { status: 404 });
      }
      return new Response(text(), {
        headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
      });
    });
    return { port: server.addr.port, [Symbol.asyncDispose]: () => server.shutdown() };
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new MigrateError("usage/bad-value", `Cannot serve the numbers on port ${port}: it is taken.`, {
      hint: "Name another one with --metrics-port; 0 takes any that is free.",
      cause: error,
    });
  }
}
