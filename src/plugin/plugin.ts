/**
 * What a plugin is: a module whose default export adds rows to the tables of the program.
 *
 * @module
 */
import type { Converter } from "../converter/converter.ts";
import type { Fix } from "../fix/fix.ts";
import type { Renderer } from "../report/renderer.ts";
import type { Source } from "../source/source.ts";

/** The rows that plugins add, each behind the built-in ones. */
export interface PluginRows {
  /** Input kinds. */
  readonly sources: readonly Source[];
  /** Fixes of guests. */
  readonly fixes: readonly Fix[];
  /** What `--converter` selects. */
  readonly converters: readonly Converter[];
  /** Kinds of reports. */
  readonly renderers: readonly Renderer[];
}

/** The default export of a plugin's module: a name, and at least one row. */
export interface Plugin extends Partial<PluginRows> {
  /** Name for errors: small letters, digits and dashes. */
  readonly name: string;
}

/** Gives a plugin its type; a plain object does as well, so that a plugin needs no import. */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}
