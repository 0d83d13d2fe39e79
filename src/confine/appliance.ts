/**
 * The libguestfs appliance for confined runs: built outside from the host's own packages, before any guest is read, and
 * read-only inside (guestfs-internals(1), "fixed appliance").
 *
 * @module
 */
import { join } from "@std/path";
import { MigrateError } from "../model/error.ts";
import { runCommand } from "../run/command.ts";
import { exists } from "../run/files.ts";

/** Where distributions put what the appliance is built from. */
const INPUTS = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"] as const;
/** What makes libguestfs take a folder as a finished appliance. */
const MARK = "README.fixed";

/**
 * Builds the appliance where it is not current; a few seconds, or a fraction of one.
 *
 * @param cache The user's cache folder
 * @returns The folder
 * @throws {MigrateError} `library/missing`, `tool/missing`, `tool/failed`
 */
export async function fixedAppliance(cache: string, signal: AbortSignal): Promise<string> {
  const folder = join(cache, "hyper2kvm", "appliance");
  const inputs = await findInputs();
  await Deno.mkdir(join(cache, "hyper2kvm"), { recursive: true, mode: 0o700 });
  await runCommand("supermin", superminArgs(inputs, folder), { signal, timeoutMs: 600_000 });
  await Deno.writeTextFile(join(folder, MARK), "Built by hyper2kvm for confined runs.\n");
  return folder;
}

/** Arguments of supermin(1), the ones that libguestfs uses itself, and a copy of the kernel. */
export function superminArgs(inputs: string, folder: string): string[] {
  return [
    ...["--build", "--if-newer", "--lock", `${folder}.lock`, "--copy-kernel", "-f", "ext2"],
    ...["--host-cpu", Deno.build.arch, inputs, "-o", folder],
  ];
}

async function findInputs(): Promise<string> {
  for (const folder of INPUTS) {
    const path = join(folder, "guestfs", "supermin.d");
    if (await exists(path)) return path;
  }
  throw new MigrateError(
    "library/missing",
    "Cannot confine the job: libguestfs' supermin.d cannot be found.",
    {
      hint: "Install it: apt-get install libguestfs0 supermin",
    },
  );
}
