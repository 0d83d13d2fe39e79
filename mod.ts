/**
 * hyper2kvm as a library: the five components, the values that they exchange, and the errors.
 *
 * @module
 */
export * from "./src/orchestrator/mod.ts";
