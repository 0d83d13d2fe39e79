import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { getLogger } from "@logtape/logtape";
import { logEvent, startLog } from "../../src/ui/log.ts";
import { MigrateError } from "../../src/model/error.ts";
import { Redactor } from "../../src/ui/redact.ts";

async function logged(options: { verbose?: boolean; quiet?: boolean; file?: string }): Promise<string[]> {
  const lines: string[] = [];
  const redactor = new Redactor();
  redactor.add("hunter22");
  await using _log = await startLog({
    verbose: options.verbose ?? false,
    quiet: options.quiet ?? false,
    file: options.file,
    progress: { log: (level, line) => void lines.push(`${level} ${line}`) },
    redactor,
  });
  const log = getLogger(["hyper2kvm", "fix"]);
  log.debug("tried {what}", { what: "hunter22" });
  log.warn("careful");
  log.error("bad");
  logEvent({ type: "activity", vm: "a", stage: "fix", message: "at work" });
  return lines;
}

Deno.test("startLog() shows warnings, more with -v and less with -q, without secrets", async () => {
  assertEquals(await logged({}), ["warning careful", "error bad"]);
  assertEquals(await logged({ quiet: true }), ["error bad"]);
  assertMatch((await logged({ verbose: true }))[0]!, /^debug tried .*\*\*\*/);
});

Deno.test("startLog() appends everything, with the events, to a file that only its owner reads", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/run.log`;
    await logged({ file });
    await logged({ file, quiet: true });
    const lines = (await Deno.readTextFile(file)).trimEnd().split("\n");
    assertEquals(lines.length, 8);
    assertMatch(lines[0]!, /^\d{4}-\S+Z debug +fix: tried .*\*\*\*/);
    assertMatch(lines[3]!, /event: activity a .*"at work"/);
    assertEquals((await Deno.stat(file)).mode! & 0o777, 0o600);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("startLog() refuses a file that has no place", async () => {
  for (const file of ["/nonexistent/run.log", "/"]) {
    assertEquals((await assertRejects(() => logged({ file }), MigrateError)).code, "usage/bad-value");
  }
});
