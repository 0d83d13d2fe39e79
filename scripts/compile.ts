/**
 * `deno task compile [--target TRIPLE]`: makes one binary, dist/hyper2kvm. Where denort (deno's runtime
 * without its tools) cannot be fetched, it packs with this deno instead: that shows that every module is
 * embedded, but what comes out acts as plain deno and is removed again.
 *
 * @module
 */
import { MigrateError } from "../src/model/error.ts";
import { type CommandResult, runCommand } from "../src/run/command.ts";
import { print, runScript, say } from "./say.ts";
import { unlistedWorkers } from "./worker_modules.ts";

const ROOT = new URL("../", import.meta.url);

/** What `deno compile` is told. */
export interface CompileJob {
  /** Modules that nothing imports: the Workers, from `compile.include` of deno.json. */
  readonly include: readonly string[];
  /** The binary to write. */
  readonly output: string;
  /** More arguments, such as `--target`. */
  readonly extra: readonly string[];
}

/** Arguments of deno; the modules are named here too, because Deno before 2.7.10 does not read the list. */
export function compileArgs({ include, output, extra }: CompileJob): string[] {
  const included = include.flatMap((path) => ["--include", path]);
  return ["compile", "-A", "--no-prompt", "--no-check", ...included, ...extra, "-o", output, "cli.ts"];
}

/** The value of `--target`. */
export function targetOf(args: readonly string[]): string | undefined {
  const at = args.indexOf("--target");
  return at >= 0 ? args[at + 1] : args.find((arg) => arg.startsWith("--target="))?.slice("--target=".length);
}

/** Whether `deno compile` failed only because denort is out of reach. */
export function lacksRuntime(stderr: string): boolean {
  return /denort/.test(stderr) && /error sending request|dns error|Connect|timed out|404/.test(stderr);
}

async function compile(job: CompileJob, env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
  return await runCommand(Deno.execPath(), compileArgs(job), {
    cwd: ROOT.pathname,
    env: { NO_COLOR: "1", ...env },
    okStatuses: [0, 1],
    timeoutMs: 600_000,
  });
}

/** The modules of a list whose source is not in a binary. Deno embeds sources byte for byte. */
export async function notEmbedded(binary: string, modules: readonly string[]): Promise<string[]> {
  const packed = new TextDecoder("latin1").decode(await Deno.readFile(binary));
  const missing: string[] = [];
  for (const path of modules) {
    const source = new TextDecoder("latin1").decode(await Deno.readFile(new URL(path, ROOT)));
    if (!packed.includes(source)) missing.push(path);
  }
  return missing;
}

async function requireEmbedded(binary: string, modules: readonly string[]): Promise<void> {
  const missing = await notEmbedded(binary, modules);
  if (missing.length > 0) {
    throw new MigrateError("run/internal", `Cannot use the binary: it lacks ${missing.join(", ")}.`);
  }
}

function failure({ stderr }: CommandResult): MigrateError {
  return new MigrateError("tool/failed", `deno compile failed: ${stderr.trim()}`);
}

/** Packs with this deno in place of denort, checks what is embedded, and removes the result. */
async function provePacking(job: CompileJob, modules: readonly string[]): Promise<void> {
  const scratch = await Deno.makeTempDir({ prefix: "hyper2kvm-compile-" });
  try {
    const output = `${scratch}/hyper2kvm`;
    const result = await compile({ ...job, extra: [], output }, { DENORT_BIN: Deno.execPath() });
    if (result.status !== 0) throw failure(result);
    await requireEmbedded(output, modules);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

async function supportsExcludeUnusedNpm(): Promise<boolean> {
  const { stdout } = await runCommand(Deno.execPath(), ["compile", "--help"], { env: { NO_COLOR: "1" } });
  return stdout.includes("--exclude-unused-npm");
}

async function readIncludes(): Promise<string[]> {
  const config = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  return config.compile.include;
}

if (import.meta.main) {
  await runScript(async () => {
    const include = await readIncludes();
    const unlisted = await unlistedWorkers(ROOT, include);
    if (unlisted.length > 0) {
      throw new MigrateError("run/internal", `Cannot compile: compile.include lacks ${unlisted.join(", ")}.`);
    }
    const target = targetOf(Deno.args);
    const output = `dist/hyper2kvm${target === undefined ? "" : `-${target}`}`;
    const lean = await supportsExcludeUnusedNpm() ? ["--exclude-unused-npm"] : [];
    const job = { include, output, extra: [...lean, ...Deno.args] };
    const modules = ["cli.ts", ...include];
    const result = await compile(job);
    if (result.status === 0) {
      await requireEmbedded(new URL(output, ROOT).pathname, modules);
      const { size } = await Deno.stat(new URL(output, ROOT));
      print(`${output}: ${(size / 1e6).toFixed(0)} MB`);
      return 0;
    }
    if (!lacksRuntime(result.stderr)) throw failure(result);
    say("No binary was made: denort, the runtime that goes into it, cannot be fetched from dl.deno.land.");
    say("Download it elsewhere and set DENORT_BIN to its path, or run this where the site can be reached.");
    await provePacking(job, modules);
    print(`Checked instead, packed with this deno: all ${modules.length} entry modules are embedded.`);
    return 0;
  });
}
