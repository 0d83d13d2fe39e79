import { assertEquals } from "@std/assert";
import { nextStreams, type StreamSample } from "../../../src/source/vsphere/stream_tuning.ts";

/** What a server does that gives each connection so much, and all of them so much at most. */
function tuned(perConnection: number, atMost: number): number[] {
  const samples: StreamSample[] = [];
  const tried: number[] = [];
  for (let next = nextStreams(samples); next > (tried.at(-1) ?? 0); next = nextStreams(samples)) {
    tried.push(next);
    samples.push({ streams: next, bytesPerSecond: Math.min(next * perConnection, atMost) });
  }
  return [...tried, nextStreams(samples)];
}

Deno.test("nextStreams() goes to the most where each connection is limited", () => {
  assertEquals(tuned(20e6, 1e9), [2, 4, 8, 8]);
});

Deno.test("nextStreams() goes back to what was as fast with fewer", () => {
  assertEquals(tuned(200e6, 400e6), [2, 4, 2]);
  assertEquals(tuned(100e6, 420e6), [2, 4, 8, 4]);
});

Deno.test("nextStreams() goes back when more are slower", () => {
  assertEquals(nextStreams([{ streams: 2, bytesPerSecond: 5e6 }, { streams: 4, bytesPerSecond: 3e6 }]), 2);
});

Deno.test("nextStreams() takes a little more speed for chance", () => {
  assertEquals(nextStreams([{ streams: 2, bytesPerSecond: 100 }, { streams: 4, bytesPerSecond: 110 }]), 2);
});
