/**
 * For authors of plugins: what every input kind, fix, converter and renderer must keep, and what to try them on:
 * a guest in memory, and reports.
 *
 * @module
 */
export {
  assertPlansOnce,
  assertPlansPlainly,
  DEFAULT_OPTIONS,
  fixContext,
  type FixSample,
  linuxGuest,
  planFix,
} from "./fix.ts";
export { assertReadsDisks, assertSelected, type SourceSample } from "./source.ts";
export { assertConvertsOverlays, assertHeedsSignal, type ConverterSample } from "./converter.ts";
export { assertEscapesMarkup, assertRendersPurely, assertTellsOfEveryMachine } from "./renderer.ts";
export { sampleReport, sampleReports, sampleVm } from "./sample_report.ts";
export { applyToMemory } from "./apply_to_memory.ts";
export { type MemoryEntry, MemoryFiles } from "./memory_files.ts";
