/**
 * How this program is started again: as the binary, or by deno from the source.
 *
 * @module
 */
import { dirname, fromFileUrl, join } from "@std/path";

/** The program as a command. */
export interface SelfCommand {
  /** The file to run. */
  readonly program: string;
  /** What comes before the arguments of the program. */
  readonly args: readonly string[];
  /** Files and folders that it reads to start. */
  readonly reads: readonly string[];
  /** Variables that it needs. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The command. In a binary the permissions are those it was made with; from the source it gets the ones named.
 *
 * @param permissions Such as `-A` or `--allow-read=/x`
 */
export function selfCommand(permissions: readonly string[]): SelfCommand {
  const program = Deno.realPathSync(Deno.execPath());
  if (Deno.build.standalone) return { program, args: [], reads: [program], env: {} };
  const root = dirname(fromFileUrl(new URL("../", import.meta.url)));
  const home = Deno.env.get("HOME") ?? "/";
  const denoDir = Deno.env.get("DENO_DIR") ??
    join(Deno.env.get("XDG_CACHE_HOME") || join(home, ".cache"), "deno");
  return {
    program,
    args: [
      ...[
        "run",
        "--no-prompt",
        "--no-check",
        "--cached-only",
        "--frozen",
        "--config",
        join(root, "deno.json"),
      ],
      ...[...permissions, join(root, "cli.ts")],
    ],
    reads: [
      program,
      ...["cli.ts", "mod.ts", "deno.json", "deno.lock", "src", "ffi"].map((name) => join(root, name)),
      denoDir,
    ],
    env: { DENO_DIR: denoDir },
  };
}
