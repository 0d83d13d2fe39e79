import { assertEquals, assertStringIncludes } from "@std/assert";
import { QuietWatch } from "../../src/verify/quiet_watch.ts";
import type { ScreenFacts } from "../../src/verify/screen.ts";

const DESKTOP: ScreenFacts = {
  width: 1024,
  height: 768,
  mainColour: [16, 32, 48],
  mainShare: 0.3,
  colours: 256,
  fingerprint: "desktop",
};
const STOP: ScreenFacts = {
  ...DESKTOP,
  mainColour: [0, 120, 215],
  mainShare: 0.95,
  colours: 40,
  fingerprint: "stop",
};
const MIB = 1024 ** 2;
const moved = (read: number): { readBytes: number; writtenBytes: number } => ({
  readBytes: read * MIB,
  writtenBytes: 0,
});

Deno.test("QuietWatch.take() waits while screen or disks move", () => {
  const watch = new QuietWatch(1_000);
  for (let step = 0; step < 10; step++) {
    const screen = { ...DESKTOP, fingerprint: step % 2 === 0 ? "a" : "b" };
    assertEquals(watch.take({ atMs: step * 1_000, screen, activity: moved(1) }), undefined);
  }
  for (let step = 10; step < 20; step++) {
    assertEquals(watch.take({ atMs: step * 1_000, screen: DESKTOP, activity: moved(step) }), undefined);
  }
});

Deno.test("QuietWatch.take() says unclear, and never booted, when nothing moves any more", () => {
  const watch = new QuietWatch(1_000);
  assertEquals(watch.take({ atMs: 0, screen: DESKTOP, activity: moved(312) }), undefined);
  assertEquals(watch.take({ atMs: 900, screen: DESKTOP, activity: moved(312) }), undefined);
  const judgement = watch.take({ atMs: 1_000, screen: DESKTOP, activity: moved(312) });
  assertEquals(judgement?.verdict, "unclear");
  assertStringIncludes(judgement?.summary ?? "", "screen 1024×768, 30 % of it #102030; disks: 312 MiB read");
});

Deno.test("QuietWatch.take() says failed when a stop screen stays", () => {
  const watch = new QuietWatch(60_000);
  assertEquals(watch.take({ atMs: 0, screen: STOP, activity: moved(1) }), undefined);
  const judgement = watch.take({ atMs: 3_000, screen: STOP, activity: moved(2) });
  assertEquals(judgement?.verdict, "failed");
  assertStringIncludes(judgement?.summary ?? "", "#0078d7");
});
