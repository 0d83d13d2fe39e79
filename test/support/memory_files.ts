/**
 * A guest's files in memory, as authors of fixes get them.
 *
 * @module
 */
export { type MemoryEntry, MemoryFiles } from "../../src/conformance/memory_files.ts";
