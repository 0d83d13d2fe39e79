/**
 * Hooks: commands of the user's that run before or after a stage of a machine. This file says when; `run_hook.ts`
 * runs them.
 *
 * @module
 */
import { type Stage, STAGES } from "../model/stage.ts";

/** Before or after a stage. */
export type HookMoment = "pre" | "post";

/** When a hook runs: `pre_copy`, `post_copy` and so on. */
export type HookPoint = `${HookMoment}_${Stage}`;

/**
 * Every point, in order. There is no `pre_report`: what a report says is known when nothing is left to do, so that
 * only `post_report`, the end of a machine whatever came of it, is a moment.
 */
export const HOOK_POINTS: readonly HookPoint[] = STAGES
  .flatMap((stage): HookPoint[] => [`pre_${stage}`, `post_${stage}`])
  .filter((point) => point !== "pre_report");

/** One hook. */
export interface Hook {
  /** When it runs. */
  readonly point: HookPoint;
  /** What the shell runs. */
  readonly command: string;
}

/** Reads `WHEN=COMMAND`; null when it is none. */
export function parseHook(text: string): Hook | null {
  const [, name, command] = /^([a-z_]+)=(.*\S.*)$/s.exec(text) ?? [];
  const point = HOOK_POINTS.find((one) => one === name);
  return point === undefined || command === undefined ? null : { point, command };
}

/** Whether a text is `WHEN=COMMAND`. */
export const isHook = (text: string): boolean => parseHook(text) !== null;

/** The hooks of a point, in the order in which they were given. */
export function hooksAt(texts: readonly string[], point: HookPoint): Hook[] {
  return texts.map(parseHook).filter((hook) => hook !== null).filter((hook) => hook.point === point);
}
