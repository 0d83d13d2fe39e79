import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { unicodeWidth } from "@std/cli/unicode-width";
import type { RunEvent } from "../../src/model/event.ts";
import { createProgress, type Progress, type ProgressStyle, progressStyle } from "../../src/ui/progress.ts";
import { FakeScreen } from "../support/fake_screen.ts";
import { sampleEvents } from "../support/sample_report.ts";

/** Plays events, one every `stepMs` of the screen's clock, and then looks. */
async function play(
  style: ProgressStyle,
  { columns = 80, events = sampleEvents(), stepMs = 600 },
  look: (screen: FakeScreen, progress: Progress) => void,
): Promise<void> {
  const screen = new FakeScreen(columns);
  using progress = await createProgress(style, screen);
  for (const event of events) {
    progress.emit(event);
    screen.ms += stepMs;
  }
  look(screen, progress);
}

/** The sample run up to 62 % of the copy. */
const DURING_COPY = sampleEvents().slice(0, 9);
const START: RunEvent = { type: "stage-start", vm: "a", stage: "copy", title: "Copy the disks" };

Deno.test("progressStyle() follows the flag, then the terminal, and -q silences it", () => {
  assertEquals(progressStyle("auto", false, true), "tty");
  assertEquals(progressStyle("auto", false, false), "plain");
  assertEquals(progressStyle("json", false, true), "json");
  assertEquals(progressStyle("json", true, true), "silent");
});

Deno.test("ttyProgress() leaves one ticked line for each finished stage", async () => {
  await play("tty", { columns: 60 }, (screen) => {
    assertEquals(screen.shown(), [
      "✔ discover   vmdk (streamOptimized), 4 GiB, 134 MiB…  0.3 s",
      "✔ open       one appliance                            9.4 s",
      "✔ copy       380 MiB written                          2.6 s",
      "✘ prove      no login prompt                           42 s",
    ]);
  });
});

Deno.test("ttyProgress() shows bytes, rate and time left of a running stage below the finished ones", async () => {
  await play("tty", { events: DURING_COPY }, (screen, progress) => {
    progress.log("info", "note"); // draws a frame
    assertEquals(screen.shown().slice(2, 3), ["note"]);
    assertMatch(
      screen.shown().at(-1)!,
      /^⠋ copy {7}███████░░░░░ {2}62 % {2}236 MiB of 380 MiB {2}\d+ MiB\/s {2}0:0\d left +0:02$/,
    );
  });
});

Deno.test("ttyProgress() says less on a narrow terminal, and never fills a line", async () => {
  for (const columns of [20, 30, 40, 60, 80, 160]) {
    await play("tty", { columns, events: DURING_COPY }, (screen, progress) => {
      progress.log("info", "n");
      for (const line of screen.shown()) {
        assert(unicodeWidth(line) < columns, `${columns}: ${line}`);
      }
    });
  }
});

Deno.test("ttyProgress() keeps control characters of a message off the terminal", async () => {
  const message = "\x1b[2Jevil\nline";
  await play(
    "tty",
    { events: [START, { type: "activity", vm: "a", stage: "copy", message }] },
    (screen, progress) => {
      progress.log("info", "n");
      assertMatch(screen.shown().at(-1)!, /copy {7} \[2Jevil line/);
    },
  );
});

Deno.test("ttyProgress() names the machines when there are several", async () => {
  const events: RunEvent[] = [START, { ...START, vm: "b" }];
  await play("tty", { events }, (screen, progress) => {
    progress.log("info", "> note"); // erases both lines and draws them again
    assertEquals(screen.shown().map((line) => line.slice(2, 8)), ["note", "a copy", "b copy"]);
  });
});

Deno.test("ttyProgress() puts the stages of several machines below each other, whole also where there is little room", async () => {
  const events: RunEvent[] = [{ ...START, vm: "database-server" }, { ...START, vm: "b", stage: "preflight" }];
  const names = async (columns: number): Promise<string[]> => {
    let lines: string[] = [];
    await play("tty", { events, columns }, (screen, progress) => {
      progress.log("info", "> note");
      lines = screen.shown().slice(1).map((line) =>
        line.slice(2, 2 + Math.min(25, columns / 2 - 4)).trimEnd()
      );
    });
    return lines;
  };
  assertEquals(await names(80), ["database-server copy", "b               preflight"]);
  assertEquals(await names(40), ["datab… copy", "b      preflight"]);
});

Deno.test("ttyProgress() names the machine of a batch also while only one is known", async () => {
  const screen = new FakeScreen(60);
  using progress = await createProgress("tty", screen, true);
  progress.emit(START);
  assertMatch(screen.shown().at(-1)!, /^. a copy /);
});

Deno.test("ttyProgress() takes its lines off a terminal that has become narrower, where they are wrapped", async () => {
  const screen = new FakeScreen(80);
  using progress = await createProgress("tty", screen);
  progress.emit(START);
  screen.width = 40;
  const before = screen.text.length;
  progress.log("info", "note");
  // 79 columns are two rows of 40.
  assertEquals(screen.text.slice(before, before + 4), "\x1b[2A");
});

Deno.test("ttyProgress() removes its running lines at the end, and draws no more", async () => {
  await play("tty", { events: DURING_COPY }, (screen, progress) => {
    progress[Symbol.dispose]();
    progress.log("error", "late");
    assertEquals(screen.shown().at(-1), "late");
    assertEquals(screen.shown().length, 3);
  });
});

Deno.test("plainProgress() writes a line for each event, and progress every three seconds", async () => {
  await play("plain", { stepMs: 1_600 }, (screen) => {
    const lines = screen.text.trimEnd().split("\n").map((line) => line.slice(10));
    assertEquals(lines.filter((line) => line.startsWith("copy:")), [
      "copy: Copy the disks",
      "copy: 35 %, 133 MiB of 380 MiB, 59 MiB/s, 0:04 left",
      "copy: 90 %, 342 MiB of 380 MiB, 63 MiB/s, 0:01 left",
      "copy: done in 2.6 s (380 MiB written)",
    ]);
    assert(lines.includes("prove: login after 41 s"));
  });
});

Deno.test("jsonProgress() writes one object with a time on each line", async () => {
  await play("json", {}, (screen, progress) => {
    progress.log("warning", "note");
    const objects = screen.text.trimEnd().split("\n").map((line) => JSON.parse(line));
    assertEquals(objects.map(({ time: _time, ...event }) => event), [
      ...sampleEvents(),
      { type: "log", level: "warning", message: "note" },
    ]);
    assertMatch(objects[0].time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });
});

for (const style of ["plain", "json"] as const) {
  Deno.test(`${style}Progress() gives a sign of life before five seconds of silence`, async () => {
    const screen = new FakeScreen();
    using progress = await createProgress(style, screen);
    progress.emit(START);
    const before = screen.text;
    screen.ms += 4_100;
    await new Promise((resolve) => setTimeout(resolve, 700));
    assertStringIncludes(screen.text.slice(before.length), "copy");
  });
}
