/**
 * Makes planned changes in a guest in memory, as authors of fixes get it.
 *
 * @module
 */
export { applyToMemory } from "../../src/conformance/apply_to_memory.ts";
