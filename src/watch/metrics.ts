/**
 * The numbers of a watched folder for Prometheus: as text, and on a port of this host.
 *
 * @module
 */
import { metricsText } from "../report/metrics.ts";
import { MigrateError } from "../model/error.ts";
import type { QueueTotals } from "./queue.ts";

/** The text of the numbers (exposition format 0.0.4). */
export function watchMetrics(totals: QueueTotals): string {
  const plain = (value: number): { labels: Readonly<Record<string, string>>; value: number }[] => [
    { labels: {}, value },
  ];
  const by = (label: string, values: Readonly<Record<string, number>>): ReturnType<typeof plain> =>
    Object.entries(values).map(([name, value]) => ({ labels: { [label]: name }, value }));
  const steps = Object.entries(totals.steps);
  const counter = "counter";
  return metricsText([
    { name: "watch_items", help: "Arrivals by state.", samples: by("state", totals.states) },
    {
      name: "watch_failures_total",
      help: "Attempts that failed, by error code.",
      type: counter,
      samples: by("code", totals.failures),
    },
    {
      name: "watch_retries_total",
      help: "Attempts that are made again.",
      type: counter,
      samples: plain(totals.retries),
    },
    {
      name: "watch_source_bytes_total",
      help: "What the converted sources took on storage.",
      type: counter,
      samples: plain(totals.sourceBytes),
    },
    {
      name: "watch_output_bytes_total",
      help: "What the finished disks take on storage.",
      type: counter,
      samples: plain(totals.outputBytes),
    },
    {
      name: "watch_steps_total",
      help: "Steps that were done.",
      type: counter,
      samples: by("step", Object.fromEntries(steps.map(([name, { count }]) => [name, count]))),
    },
    {
      name: "watch_step_seconds_total",
      help: "Duration of the steps, summed up.",
      type: counter,
      samples: by("step", Object.fromEntries(steps.map(([name, { seconds }]) => [name, seconds]))),
    },
    {
      name: "watch_seen_timestamp_seconds",
      help: "When the watcher last looked, in seconds since 1970.",
      samples: plain(Date.now() / 1000),
    },
  ]);
}

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
