/**
 * The version of the program, from the one place that names it.
 *
 * @module
 */
import config from "../deno.json" with { type: "json" };

/** Such as `0.1.0`. */
export const VERSION: string = config.version;

/** Date of this version, for the manual page. */
export const RELEASED = "2026-11-25";
