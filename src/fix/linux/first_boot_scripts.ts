/**
 * `--first-boot FILE`: scripts of the user that the guest runs once, when it first boots on KVM.
 *
 * @module
 */
import { basename } from "@std/path";
import { MigrateError } from "../../model/error.ts";
import type { Fix, FixContext, FixPlan } from "../fix.ts";
import { PlanDraft } from "../text_edit.ts";
import { hasSystemd, planTask } from "./first_boot.ts";

const ID = "first-boot";
/** Beside the scripts of this program: SELinux lets systemd run what is there. */
const FOLDER = "/usr/local/sbin";
/** What a script may have in bytes: it is kept in the report. */
const MAX_SCRIPT_BYTES = 1024 * 1024;

/** One script. */
export interface FirstBootScript {
  /** Its file name on the host. */
  readonly name: string;
  /** Its content. */
  readonly text: string;
}

/**
 * Reads scripts from the host.
 *
 * @throws {MigrateError} `usage/bad-value` when one is no text, or does not say what runs it
 */
export async function readFirstBootScripts(paths: readonly string[]): Promise<FirstBootScript[]> {
  return await Promise.all(
    paths.map(async (path) => ({ name: basename(path), text: await readScript(path) })),
  );
}

async function readScript(path: string): Promise<string> {
  const bytes = await readBytes(path);
  if (bytes.length > MAX_SCRIPT_BYTES) throw unusable(path, "it is larger than 1 MiB");
  const text = decode(bytes);
  if (text === null) throw unusable(path, "it is no text");
  if (!/^#!\s*\//.test(text)) throw unusable(path, "its first line does not name an interpreter");
  return text;
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw unusable(path, "there is no such file");
    throw error;
  }
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function unusable(path: string, reason: string): MigrateError {
  return new MigrateError("usage/bad-value", `Cannot use ${path} for --first-boot: ${reason}.`, {
    hint: "It has to be a script that begins with a line such as #!/bin/sh.",
  });
}

async function plan({ files, options }: FixContext): Promise<FixPlan> {
  const draft = new PlanDraft(ID);
  if (options.firstBoot.length === 0) return draft.finish();
  if (!await hasSystemd(files)) {
    draft.warn({
      id: "first-boot/no-systemd",
      severity: "warning",
      message: "The scripts of --first-boot cannot be run: the guest has no systemd.",
      hint: "Run them in the guest by hand.",
    });
    return draft.finish();
  }
  for (const [index, { name, text }] of options.firstBoot.entries()) {
    const task = `first-boot-${index + 1}`;
    const path = `${FOLDER}/hyper2kvm-${task}-${name.replaceAll(/[^\w.-]/g, "_")}`;
    const why = `The guest runs ${name} once, when it first boots.`;
    await draft.edit(files, {
      path,
      before: await files.readText(path),
      after: text,
      why,
      mode: 0o700,
      secret: true,
    });
    await planTask(draft, files, {
      name: task,
      description: `Run ${name.replaceAll(/[^\w. -]/g, "_")} at the first boot`,
      commands: `${path} || return 1\nrm -f ${path}`,
      network: false,
      why,
    });
  }
  draft.warn({
    id: "first-boot/scripts",
    severity: "information",
    message: `The guest runs ${options.firstBoot.map(({ name }) => name).join(", ")} at its first boot.`,
    hint:
      "See it with: journalctl -u 'hyper2kvm-first-boot-*'. A script that fails runs again at the next boot.",
  });
  return draft.finish();
}

/** Puts the user's scripts into the guest. */
export const firstBootScripts: Fix = {
  id: ID,
  title: "Run scripts at the first boot",
  applies: (guest) => guest.osType === "linux",
  plan,
};
