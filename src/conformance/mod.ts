/**
 * For authors of plugins: what every fix and every input kind must keep, and a guest in memory to try fixes on.
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
export { applyToMemory } from "./apply_to_memory.ts";
export { type MemoryEntry, MemoryFiles } from "./memory_files.ts";
