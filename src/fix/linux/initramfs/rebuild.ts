/**
 * Rebuilding an initramfs by the guest's own program, in the appliance, where that is asked for; and reading
 * back whether the result has the drivers, because these programs can succeed with a useless image.
 *
 * @module
 */
import { join } from "@std/path";
import type { GuestFiles } from "../../../guest/files.ts";
import { guestfsFailure } from "../../../guest/failure.ts";
import { GuestfsFiles } from "../../../guest/guestfs_files.ts";
import type { GuestSession } from "../../../guest/session.ts";
import type { CommandChange } from "../../../model/change.ts";
import { MigrateError } from "../../../model/error.ts";
import type { Generator } from "./generator.ts";
import { readBack } from "./read_back.ts";

/** How many of the program's last lines an error shows. */
const LINES_SHOWN = 12;

/** The programs of each generator; one is looked for by its file. */
const PROGRAMS: readonly (readonly [generator: Generator, paths: readonly string[]])[] = [
  ["initramfs-tools", ["/usr/sbin/mkinitramfs"]],
  ["dracut", ["/usr/bin/dracut", "/sbin/dracut", "/usr/sbin/dracut"]],
  ["mkinitcpio", ["/usr/bin/mkinitcpio"]],
];

/**
 * The command that makes an image at a path for a kernel release. Nothing is left out because the appliance's
 * hardware does not have it; drivers are named beside the guest's own settings.
 */
export function rebuildCommand(
  generator: Generator,
  program: string,
  image: string,
  release: string,
  drivers: readonly string[],
): readonly string[] {
  switch (generator) {
    case "dracut":
      return [program, "--force", "--no-hostonly", "--add-drivers", drivers.join(" "), image, release];
    case "mkinitcpio":
      return [program, "-k", release, "-S", "autodetect", "-g", image];
    default:
      return [program, "-o", image, release];
  }
}

/** The program that makes images in this guest: the generator's own, else whichever there is; null for none. */
export async function findProgram(
  files: GuestFiles,
  wanted: Generator,
): Promise<{ readonly generator: Generator; readonly program: string } | null> {
  const ordered = PROGRAMS.toSorted(([a], [b]) => Number(b === wanted) - Number(a === wanted));
  for (const [generator, paths] of ordered) {
    for (const program of paths) if (await files.exists(program)) return { generator, program };
  }
  return null;
}

/**
 * Runs the program in the guest, and reads the image that it wrote.
 *
 * @param workDir folder of the host for a copy of the image
 * @throws {MigrateError} `fix/failed` with the program's last lines, or with the drivers that the image lacks
 */
export async function runRebuild(
  session: GuestSession,
  change: CommandChange,
  workDir: string,
  signal: AbortSignal,
): Promise<void> {
  const program = change.command.join(" ");
  try {
    await session.call("command", change.command);
  } catch (error) {
    if (error instanceof MigrateError) throw error;
    const lines = guestfsFailure(error, program).message.trim().split("\n").slice(-LINES_SHOWN).join("\n");
    throw failed(change, `${program} failed in the appliance:\n${lines}`, error);
  }
  const copy = join(workDir, "rebuilt-initramfs");
  try {
    await new GuestfsFiles(session).download(change.path, copy);
    const { fault } = await readBack(copy, change, signal);
    if (fault !== null) throw failed(change, `${program} succeeded, but ${fault}`);
  } finally {
    await Deno.remove(copy).catch((error: unknown) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

function failed(change: CommandChange, reason: string, cause?: unknown): MigrateError {
  return new MigrateError("fix/failed", `Cannot rebuild ${change.path}: ${reason}`, {
    stage: "fix",
    hint: change.unified === undefined
      ? "Leave out --initramfs rebuild: the drivers are then added without running the guest's program."
      : "Make the image in the source VM, or convert it as it is: --skip-fix unified-kernels.",
    cause,
  });
}
