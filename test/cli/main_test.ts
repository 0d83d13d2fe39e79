import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../src/cli/commands.ts";
import { EXIT_STATUSES } from "../../src/model/error.ts";
import { VERSION } from "../../src/version.ts";
import { fromFileUrl } from "@std/path";
import { runCli } from "../support/cli.ts";

const CLI = fromFileUrl(new URL("../../cli.ts", import.meta.url));

/** Status, and the lines of standard error; nothing may be on standard output. */
async function refused(...args: string[]): Promise<[number, string[]]> {
  const { status, stdout, stderr } = await runCli(args);
  assertEquals(stdout, "");
  return [status, stderr.trimEnd().split("\n")];
}

Deno.test("main() prints commands, examples and every exit status with --help", async () => {
  const { status, stdout, stderr } = await runCli(["--help"]);
  assertEquals([status, stderr], [0, ""]);
  for (const { name, summary } of COMMANDS) assertMatch(stdout, new RegExp(`^  ${name} +${summary}$`, "m"));
  for (const [code, text] of Object.entries(EXIT_STATUSES)) {
    assertMatch(stdout, new RegExp(`^  ${code} +${text}$`, "m"));
  }
});

Deno.test("main() prints help with examples and exit statuses for every command", async () => {
  for (const { name, examples } of COMMANDS) {
    const { status, stdout } = await runCli([name, "--help"]);
    assertEquals(status, 0);
    assertStringIncludes(stdout, `hyper2kvm ${name}`);
    for (const { line } of examples) assertStringIncludes(stdout, line);
    assertStringIncludes(stdout, "EXIT STATUS");
    assert(stdout.split("\n").every((line) => line.length <= 80), `${name} --help is wider than 80 columns`);
  }
});

Deno.test("main() shows the same help for help COMMAND, COMMAND -h and COMMAND --help", async () => {
  const texts = await Promise.all(
    [["help", "plan"], ["plan", "-h"], ["plan", "x", "--help"]].map((args) => runCli(args)),
  );
  assertEquals(new Set(texts.map((one) => one.stdout)).size, 1);
});

Deno.test("main() prints the version", async () => {
  for (const flag of ["--version", "version"]) {
    const { status, stdout } = await runCli([flag]);
    assertEquals(status, 0);
    assert(stdout.startsWith(`hyper2kvm ${VERSION} (deno `));
  }
});

Deno.test("main() refuses an unknown command and names the near one", async () => {
  assertEquals(await refused("convrt", "x"), [2, [
    `hyper2kvm: Cannot run "convrt": there is no such command.`,
    "hint: Did you mean convert?",
  ]]);
});

Deno.test("main() refuses an unknown flag and names the near one", async () => {
  assertEquals(await refused("convert", "x", "--outptu=y"), [2, [
    "hyper2kvm: Cannot run convert: there is no option --outptu.",
    "hint: Did you mean --output?",
  ]]);
});

Deno.test("main() refuses no command, and a flag in front of one", async () => {
  assertEquals((await refused())[0], 2);
  assertEquals((await refused("--force", "convert"))[0], 2);
});

Deno.test("main() refuses a command without its source", async () => {
  for (const command of ["convert", "plan", "inspect", "verify"]) {
    const [status, lines] = await refused(command);
    assertEquals([status, lines[0]], [2, `hyper2kvm: Cannot ${command}: no SOURCE is given.`]);
  }
});

Deno.test("main() prints the stack with --debug only", async () => {
  const [, plain] = await refused("convert", "--format", "x");
  const [, debug] = await refused("convert", "--format", "x", "--debug");
  assert(!plain.some((line) => line.trimStart().startsWith("at ")));
  assert(debug.some((line) => line.trimStart().startsWith("at ")));
});

Deno.test("main() survives a reader that goes away", async () => {
  const { code, stderr } = await new Deno.Command("bash", {
    args: ["-c", `set -o pipefail; "$0" run -A --no-check "$1" convert --help | true`, Deno.execPath(), CLI],
  }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
});

Deno.test("main() needs no package, no file and no library for --help", async () => {
  const cache = await Deno.makeTempDir();
  try {
    // With an empty cache and no way to fill it, loading zod or any other package would fail.
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "--cached-only", "--no-prompt", "--allow-env", CLI, "--help"],
      env: { DENO_DIR: cache },
    }).output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});
