/**
 * What every renderer must keep, on sample reports: one function a rule, each throws an AssertionError when it is
 * broken.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Report } from "../model/report.ts";
import type { Renderer } from "../report/renderer.ts";
import { MARKUP, sampleReports } from "./sample_report.ts";

/**
 * A report gives the same text each time, also after it was a file, and stays as it is: one that is written again after
 * a stop must not differ, and the next renderer gets the same object.
 */
export async function assertRendersPurely(
  renderer: Renderer,
  reports: readonly Report[] = sampleReports(),
): Promise<void> {
  for (const report of reports) {
    const before = JSON.stringify(report);
    const text = await renderer.render(report);
    assertEquals(typeof text, "string", `${renderer.name} renders no text`);
    assertEquals(JSON.stringify(report), before, `${renderer.name} changes the report`);
    const again = await renderer.render(JSON.parse(before));
    assertEquals(again, text, `${renderer.name} renders one report in two ways`);
  }
}

/** Every machine is in the text, and of one that failed also why: nothing is dropped in silence. */
export async function assertTellsOfEveryMachine(
  renderer: Renderer,
  reports: readonly Report[] = sampleReports(),
): Promise<void> {
  for (const report of reports) {
    const text = await renderer.render(report);
    for (const { name, status, error } of report.vms) {
      assert(text.includes(name), `${renderer.name} does not name the machine ${name}`);
      if (status !== "failed" || error === undefined) continue;
      assert(
        [error.code, error.hint, error.message.split(/[<:]/)[0]].some((part) => part && text.includes(part)),
        `${renderer.name} does not say why ${name} failed`,
      );
    }
  }
}

/** For pages: names of files and other foreign text cannot write markup. */
export async function assertEscapesMarkup(renderer: Renderer): Promise<void> {
  for (const report of sampleReports()) {
    const text = await renderer.render(report);
    assert(!text.includes(MARKUP), `${renderer.name} lets the name of a file write markup`);
  }
}
