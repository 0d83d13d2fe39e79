import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { missingTool, runCommand } from "../../src/run/command.ts";
import { isAtLeast, parseFeatures, readFeatures, startError } from "../../src/v2v/features.ts";
import { testNeeding } from "../support/needs.ts";

const WORDS = "virt-v2v\nvirt-v2v-2.0\ninput:disk\ninput:libvirtxml\noutput:local\n";

Deno.test("parseFeatures() reads version and words", () => {
  const features = parseFeatures("virt-v2v 2.3.4rhel=9,release=5\n", WORDS);
  assertEquals([features.version, features.release], ["2.3.4", [2, 3]]);
  assertEquals(features.words.includes("input:libvirtxml"), true);
});

Deno.test("parseFeatures() refuses a virt-v2v that is too old", () => {
  const error = assertThrows(() => parseFeatures("virt-v2v 1.40.2", WORDS), MigrateError) as MigrateError;
  assertEquals(error.code, "tool/missing");
  assertStringIncludes(error.message, "1.40.2 is older than 1.42");
  assertStringIncludes(error.hint ?? "", "built-in fixes");
});

Deno.test("parseFeatures() refuses a virt-v2v without the modes that are used", () => {
  assertThrows(() => parseFeatures("virt-v2v 2.2.0", "input:disk"), MigrateError, "no input:libvirtxml");
});

Deno.test("isAtLeast() compares numbers, not texts", () => {
  const features = parseFeatures("virt-v2v 2.10.0", WORDS);
  assertEquals([isAtLeast(features, 2, 9), isAtLeast(features, 2, 11), isAtLeast(features, 1, 99)], [
    true,
    false,
    true,
  ]);
});

testNeeding({ programs: ["virt-v2v"] }, "readFeatures() asks the installed virt-v2v", async () => {
  const features = await readFeatures(new AbortController().signal);
  assertEquals(features.words[0], "virt-v2v");
});

Deno.test("startError() names the package of a virt-v2v that is not there, and the way without", () => {
  const error = startError(missingTool("virt-v2v")) as MigrateError;
  assertEquals(error.code, "tool/missing");
  assertStringIncludes(error.hint ?? "", "apt-get install virt-v2v");
  assertStringIncludes(error.hint ?? "", "built-in fixes");
});

testNeeding({ programs: ["virt-v2v"] }, "startError() tells of a virt-v2v that does not start", async () => {
  const failed = await assertRejects(() => runCommand("virt-v2v", ["--no-such-option"]), MigrateError);
  const error = startError(failed) as MigrateError;
  assertEquals(error.code, "tool/missing");
  assertStringIncludes(error.message, "Cannot use virt-v2v: it does not start: ");
  assertStringIncludes(error.hint ?? "", "apt-get install --reinstall virt-v2v");
  assertStringIncludes(error.hint ?? "", "built-in fixes");
});
