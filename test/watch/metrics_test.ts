import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { serveMetrics, watchMetrics } from "../../src/watch/metrics.ts";

const TOTALS = {
  states: { waiting: 1, running: 0, done: 4, duplicate: 0, failed: 2 },
  failures: { "space/full": 3 },
  steps: { copy: { count: 4, seconds: 9.5 } },
  ...{ retries: 1, sourceBytes: 100, outputBytes: 80 },
};

Deno.test("watchMetrics() has states, failures by code, bytes and step durations", () => {
  const text = watchMetrics(TOTALS);
  for (
    const line of [
      'hyper2kvm_watch_items{state="done"} 4',
      "# TYPE hyper2kvm_watch_failures_total counter",
      'hyper2kvm_watch_failures_total{code="space/full"} 3',
      "hyper2kvm_watch_output_bytes_total 80",
      'hyper2kvm_watch_step_seconds_total{step="copy"} 9.5',
    ]
  ) assertStringIncludes(text, `${line}\n`);
});

Deno.test("serveMetrics() serves them under /metrics of 127.0.0.1, and says when the port is taken", async () => {
  await using server = serveMetrics(0, () => "x 1\n");
  const address = `http://127.0.0.1:${server.port}`;
  assertEquals(await (await fetch(`${address}/metrics`)).text(), "x 1\n");
  const other = await fetch(address);
  assertEquals([other.status, await other.text()], [404, "See /metrics.\n"]);
  assertThrows(() => serveMetrics(server.port, () => ""), MigrateError, "it is taken");
});
