/**
 * The options of `watch`: when a file is complete, and what is done when a conversion fails. A part of the schema.
 *
 * @module
 */
import * as z from "zod";
import { flag, option, path } from "../option.ts";

/** The options, each with its metadata. */
export const watchOptions = {
  job: option(z.array(path()).default([]), {
    group: "Watch",
    help: "A job file with the options for everything that arrives; repeat it and later files win.",
    commands: ["watch"],
    value: "TEMPLATE",
    completes: "file",
    flagOnly: true,
    affects: "nothing",
    ofRun: true,
  }),
  once: option(flag(), {
    group: "Watch",
    help: "Convert what is there and complete, and end; for cron.",
    commands: ["watch"],
    flagOnly: true,
    affects: "nothing",
    ofRun: true,
  }),
  settle: option(z.number().min(0).max(86_400).default(5), {
    group: "Watch",
    help: "A file counts as complete when it has not changed for so long and no program writes it.",
    commands: ["watch"],
    value: "SECONDS",
    affects: "nothing",
    ofRun: true,
  }),
  poll: option(z.number().min(0.1).max(86_400).default(10), {
    group: "Watch",
    help: "Look into the folder so often at least; where the kernel reports changes, they are seen at once.",
    commands: ["watch"],
    value: "SECONDS",
    affects: "nothing",
    ofRun: true,
  }),
  retries: option(z.number().int().min(0).max(100).default(2), {
    group: "Watch",
    help: "How often a conversion is tried again that failed for a reason that may pass.",
    commands: ["watch"],
    value: "COUNT",
    affects: "nothing",
    ofRun: true,
  }),
  retry_delay: option(z.number().min(0).max(86_400).default(60), {
    group: "Watch",
    help: "Wait so long before the first retry; each further one waits twice as long.",
    commands: ["watch"],
    value: "SECONDS",
    affects: "nothing",
    ofRun: true,
  }),
  metrics_port: option(z.number().int().min(0).max(65_535).optional(), {
    group: "Watch",
    help: "Serve the numbers on this port of 127.0.0.1, in Prometheus text format (0: any free port).",
    commands: ["watch"],
    value: "PORT",
    affects: "nothing",
    ofRun: true,
  }),
} as const;
