import { assertEquals } from "@std/assert";
import { Interrupt } from "../../src/run/signals.ts";

// Not SIGINT: the test runner itself ends at it.
/** Sends a signal to this process and waits until it has been received. */
async function send(signal: Deno.Signal, seen: () => boolean): Promise<void> {
  Deno.kill(Deno.pid, signal);
  for (let tries = 0; tries < 200 && !seen(); tries++) await new Promise((resolve) => setTimeout(resolve, 5));
}

Deno.test("Interrupt aborts at the first signal and ends the program at the second", async () => {
  const exits: number[] = [];
  let told = 0;
  using interrupt = new Interrupt({ onFirst: () => told++, exit: (status) => exits.push(status) });
  await send("SIGTERM", () => interrupt.signal.aborted);
  assertEquals([interrupt.signal.aborted, told, exits], [true, 1, []]);
  await send("SIGHUP", () => exits.length > 0);
  assertEquals([told, exits], [1, [130]]);
});
