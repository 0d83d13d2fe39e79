/**
 * Command `install`.
 *
 * @module
 */
import { join, resolve } from "@std/path";
import { MigrateError } from "../model/error.ts";
import { install, type InstallFile } from "../service/install.ts";
import { manPage } from "../service/man_page.ts";
import { unitFiles } from "../service/units.ts";
import { completionScript } from "./completions.ts";
import { print } from "./output.ts";
import { withSession } from "./session.ts";

/** Puts the binary, completions, the manual page and units below a prefix. */
export async function run(args: readonly string[]): Promise<number> {
  return await withSession("install", args, async ({ job }) => {
    const prefix = resolve(job.prefix);
    const paths = await install(prefix, await filesFor(prefix, await readBinary(job.binary), job.memory_max));
    print(job.json ? `${JSON.stringify(paths, null, 2)}\n` : `${paths.join("\n")}\n`);
    return 0;
  });
}

/** Everything that is installed below a prefix. */
function filesFor(prefix: string, binary: Uint8Array<ArrayBuffer>, memoryMax: string): InstallFile[] {
  const program = "bin/hyper2kvm";
  const self = { program: join(prefix, program), args: [], reads: [], env: {} };
  const data = (path: string, content: string): InstallFile => ({ path, content, mode: 0o644 });
  return [
    { path: program, content: binary, mode: 0o755 },
    data("share/bash-completion/completions/hyper2kvm", completionScript("bash")),
    data("share/zsh/site-functions/_hyper2kvm", completionScript("zsh")),
    data("share/fish/vendor_completions.d/hyper2kvm.fish", completionScript("fish")),
    data("share/man/man1/hyper2kvm.1", manPage()),
    ...unitFiles({ self, memoryMax }).map(({ name, text }) => data(`lib/systemd/system/${name}`, text)),
  ];
}

async function readBinary(named: string | undefined): Promise<Uint8Array<ArrayBuffer>> {
  const path = named ?? (Deno.build.standalone ? Deno.execPath() : undefined);
  if (path === undefined) {
    throw new MigrateError(
      "usage/missing-argument",
      "Cannot install: this runs from the source, there is no binary.",
      {
        hint: "deno task install makes one and installs it; or name one with --binary.",
      },
    );
  }
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new MigrateError("source/missing", `Cannot install ${path}: there is no such file.`, {
      hint: "deno task compile makes dist/hyper2kvm.",
      cause: error,
    });
  }
}
