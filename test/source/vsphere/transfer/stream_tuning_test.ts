import { assertEquals } from "@std/assert";
import {
  nextStreams,
  type StreamSample,
  StreamTuning,
} from "../../../../src/source/vsphere/transfer/stream_tuning.ts";
import { ManualTime } from "../../../support/manual_time.ts";

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
  assertEquals(tuned(20e6, 1e9), [1, 2, 4, 8, 8]);
});

Deno.test("nextStreams() goes back to what was as fast with fewer", () => {
  assertEquals(tuned(400e6, 400e6), [1, 2, 1]);
  assertEquals(tuned(200e6, 400e6), [1, 2, 4, 2]);
  assertEquals(tuned(100e6, 420e6), [1, 2, 4, 8, 4]);
});

Deno.test("nextStreams() goes back when more are slower", () => {
  assertEquals(nextStreams([{ streams: 2, bytesPerSecond: 5e6 }, { streams: 4, bytesPerSecond: 3e6 }]), 2);
});

Deno.test("nextStreams() takes a little more speed for chance", () => {
  assertEquals(nextStreams([{ streams: 2, bytesPerSecond: 100 }, { streams: 4, bytesPerSecond: 110 }]), 2);
});

/** Tunes while so many bytes come in each second; returns what was asked for, in order. */
function changes(time: ManualTime, bytes: readonly number[]): number[] {
  const asked: number[] = [];
  using tuning = new StreamTuning((streams) => asked.push(streams));
  for (const one of bytes) {
    tuning.came(one / 2);
    tuning.came(one / 2);
    time.pass(1_000);
  }
  return asked;
}

Deno.test("StreamTuning asks for twice as many as long as that is faster, and for 8 at most", () => {
  using time = new ManualTime();
  assertEquals(changes(time, [20, 40, 80, 160, 320]), [2, 4, 8, 8]);
});

Deno.test("StreamTuning goes back to what was as fast, and stays with it", () => {
  using time = new ManualTime();
  assertEquals(changes(time, [20, 22, 900, 900]), [2, 1]);
});

Deno.test("StreamTuning goes by the time that has passed when its timer is late", () => {
  using time = new ManualTime();
  const asked: number[] = [];
  using tuning = new StreamTuning((streams) => asked.push(streams));
  tuning.came(20);
  time.pass(1_000);
  tuning.came(40); // in two seconds: no faster
  time.stall(2_000);
  time.pass(0);
  assertEquals(asked, [2, 1]);
});

Deno.test("StreamTuning leaves no timer behind, whether it has found a number or not", () => {
  using time = new ManualTime();
  const running: number[] = [];
  {
    using tuning = new StreamTuning(() => {});
    running.push(time.intervals);
    tuning.came(1);
  }
  running.push(time.intervals);
  using found = new StreamTuning(() => running.push(time.intervals));
  time.pass(1_000);
  found.came(1);
  time.pass(1_000);
  time.pass(60_000);
  assertEquals(running, [1, 0, 1, 1, 0]);
});
