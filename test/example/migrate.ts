/**
 * A migration from a program: `deno run -A test/example/migrate.ts DISK… OUT`.
 *
 * @module
 */
import { makeJob, Orchestrator } from "../../mod.ts";

const output = Deno.args.at(-1)!;
const job = makeJob({ source: Deno.args.slice(0, -1), output, name: "example", boot_proof: false });
const stop = new AbortController();
Deno.addSignalListener("SIGINT", () => stop.abort());

const orchestrator = new Orchestrator({
  job,
  signal: stop.signal,
  emit: (event) =>
    event.type === "stage-end" && Deno.stdout.writeSync(new TextEncoder().encode(`${event.stage}\n`)),
});
const report = await orchestrator.run();
Deno.exit(report.status === "succeeded" ? 0 : 1);
