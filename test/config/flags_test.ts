import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { coerce, parseFlags } from "../../src/config/flags.ts";
import { OPTIONS, optionsOf } from "../../src/config/options.ts";
import { MigrateError } from "../../src/model/error.ts";

function refusal(...args: Parameters<typeof parseFlags>): MigrateError {
  return assertThrows(() => parseFlags(...args), MigrateError);
}

Deno.test("parseFlags() reads positional arguments, short flags and values", () => {
  assertEquals(parseFlags("convert", ["a.vmdk", "-o", "out", "b.vmdk", "-fv", "--name=db"]), {
    source: ["a.vmdk", "b.vmdk"],
    output: "out",
    force: true,
    verbose: true,
    name: "db",
  });
});

Deno.test("parseFlags() keeps what looks like a number a text where a text is wanted", () => {
  assertEquals(parseFlags("convert", ["007", "--name", "12", "--boot-timeout", "60"]), {
    source: ["007"],
    name: "12",
    boot_timeout: 60,
  });
});

Deno.test("parseFlags() turns --no-X into false", () => {
  assertEquals(parseFlags("convert", ["--no-boot-proof", "--no-backup"]), {
    boot_proof: false,
    backup: false,
  });
});

Deno.test("parseFlags() collects repeated lists, and takes the last of other values", () => {
  assertEquals(
    parseFlags("convert", ["--v2v-arg=--root=first", "--v2v-arg", "x", "--name", "a", "--name", "b"]),
    {
      v2v_arg: ["--root=first", "x"],
      name: "b",
    },
  );
});

Deno.test("parseFlags() takes everything after -- as positional", () => {
  assertEquals(parseFlags("convert", ["--", "--force"]), { source: ["--force"] });
});

Deno.test("parseFlags() gives no value to flags that are absent", () => {
  assertEquals(parseFlags("convert", []), {});
});

Deno.test("parseFlags() refuses an unknown flag and names the near one", () => {
  const error = refusal("convert", ["--compres", "zstd"]);
  assertEquals([error.code, error.hint], ["usage/bad-option", "Did you mean --compress?"]);
  assertStringIncludes(error.message, "--compres");
});

Deno.test("parseFlags() refuses --no- of a flag that cannot be negated", () => {
  assertEquals(refusal("convert", ["--no-force"]).code, "usage/bad-option");
});

Deno.test("parseFlags() refuses a flag of another command", () => {
  assertEquals(refusal("doctor", ["--output", "x"]).code, "usage/bad-option");
});

Deno.test("parseFlags() refuses a value flag without a value", () => {
  for (const args of [["-o"], ["-o", "--force"], ["--output="]]) {
    assertEquals(refusal("convert", args).code, "usage/bad-option", args.join(" "));
  }
});

Deno.test("parseFlags() refuses positional arguments where none belong", () => {
  assertEquals(refusal("doctor", ["x"]).code, "usage/bad-option");
});

Deno.test("coerce() reads switches and numbers, and leaves the rest to the schema", () => {
  const named = (flag: string): (typeof OPTIONS)[number] => OPTIONS.find((one) => one.flag === flag)!;
  assertEquals(["yes", "0", "perhaps"].map((text) => coerce(named("force"), text)), [true, false, "perhaps"]);
  assertEquals(["60", "1h"].map((text) => coerce(named("boot-timeout"), text)), [60, "1h"]);
  assertEquals(coerce(named("v2v-arg"), "a, b"), ["a", "b"]);
});

Deno.test("OPTIONS has metadata, one flag each, and no short flag twice in a command", () => {
  assertEquals(new Set(OPTIONS.map((option) => option.flag)).size, OPTIONS.length);
  for (const command of ["convert", "plan", "inspect", "verify", "doctor"] as const) {
    const shorts = optionsOf(command).flatMap((option) => option.short ?? []);
    assertEquals(new Set(shorts).size, shorts.length, command);
  }
});
