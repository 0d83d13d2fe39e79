/**
 * The options for commands of the user's around the stages: a part of the schema.
 *
 * @module
 */
import * as z from "zod";
import { HOOK_POINTS, isHook } from "../../hooks/hook.ts";
import { option } from "../option.ts";

/** The options, each with its metadata. */
export const hookOptions = {
  hook: option(
    z.array(z.string().refine(isHook, `WHEN=COMMAND, where WHEN is one of ${HOOK_POINTS.join(", ")}`))
      .default([]),
    {
      group: "Hooks",
      help:
        "Run a command before or after a stage (--hook 'post_copy=notify done'), with what happened as JSON on " +
        "its standard input; may be repeated.",
      commands: ["convert"],
      value: "WHEN=COMMAND",
      affects: "nothing",
      runsCode: true,
    },
  ),
  hook_timeout: option(z.number().int().min(1).max(86_400).default(300), {
    group: "Hooks",
    help: "How long a hook may take.",
    commands: ["convert"],
    value: "SECONDS",
    affects: "nothing",
  }),
  hook_failure: option(z.enum(["fail", "warn"]).default("fail"), {
    group: "Hooks",
    help: "When a hook fails, the machine fails, or the report has a warning.",
    commands: ["convert"],
    affects: "nothing",
  }),
} as const;
