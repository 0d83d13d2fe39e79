/**
 * The options that put the program into a system: confined runs, units and installation. A part of the schema.
 *
 * @module
 */
import * as z from "zod";
import { flag, option, path } from "../option.ts";

/** The options, each with its metadata. */
export const serviceOptions = {
  explain: option(flag(), {
    group: "Service",
    help: "Print what the job may read, write and run, and the command that confines it; do nothing.",
    commands: ["sandbox"],
    flagOnly: true,
    affects: "nothing",
    ofRun: true,
  }),
  watch_dir: option(path().optional(), {
    group: "Service",
    help: "Write the unit of the watch service for this folder.",
    commands: ["systemd"],
    value: "DIR",
    completes: "folder",
    affects: "nothing",
    ofRun: true,
  }),
  memory_max: option(
    z.string().regex(/^(\d+[KMGT]?|infinity)$/, "a size as systemd takes it, such as 8G").default("8G"),
    {
      group: "Service",
      help: "The most memory that a unit and what it starts may use.",
      commands: ["systemd", "install"],
      value: "SIZE",
      affects: "nothing",
      ofRun: true,
    },
  ),
  prefix: option(path().default("/usr/local"), {
    group: "Service",
    help: "Folder that the program, its manual page, completions and units are put under.",
    commands: ["install", "uninstall"],
    value: "DIR",
    completes: "folder",
    affects: "nothing",
    ofRun: true,
  }),
  binary: option(path().optional(), {
    group: "Service",
    help: "The binary to install (default: the one that runs).",
    commands: ["install"],
    value: "FILE",
    completes: "file",
    flagOnly: true,
    affects: "nothing",
    ofRun: true,
  }),
} as const;
