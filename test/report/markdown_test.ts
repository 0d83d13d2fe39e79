import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { toJson } from "../../src/report/json.ts";
import { toMarkdown } from "../../src/report/markdown.ts";
import { cell, code, fence } from "../../src/report/markdown_escape.ts";
import { sampleReport, sampleVm } from "../support/sample_report.ts";

Deno.test("toMarkdown() has every section of a finished machine", () => {
  const text = toMarkdown(sampleReport("succeeded", sampleVm()));
  const headings = text.split("\n").filter((line) => line.startsWith("#"));
  assertEquals(headings, [
    "# web-01: succeeded",
    "## Source",
    "## Output",
    "## Boot proof: booted",
    "## Concerns",
    "## Stages",
    "## Changes in the guest",
    "### `/etc/fstab`",
    "### `/boot/initrd.img-6.1.0-39-cloud-amd64`",
    "## Left alone",
  ]);
  for (
    const part of ["| copy | done | 1 min 05 s | 380 MiB written |", "+UUID=1234-abcd", "| login | 41 s |"]
  ) {
    assertStringIncludes(text, part);
  }
});

Deno.test("toMarkdown() shows the error, the missing milestone and the console of a failure", () => {
  const { proof } = sampleVm();
  const text = toMarkdown(sampleReport(
    "failed",
    sampleVm({
      status: "failed",
      error: { code: "prove/failed", message: "Cannot prove it.", hint: "Look.", stage: "prove" },
      proof: { ...proof!, verdict: "failed", missing: "login", consoleTail: ["(initramfs) ```"] },
    }),
  ));
  for (
    const part of [
      "**Cannot prove it.**",
      "Look.",
      "| login | not reached |",
      "````text\n(initramfs) ```\n````",
    ]
  ) {
    assertStringIncludes(text, part);
  }
});

Deno.test("toMarkdown() leaves out what is empty", () => {
  const bare = sampleVm({
    status: "failed",
    changes: [],
    leftAlone: [],
    concerns: [],
    stages: [],
    outputs: [],
  });
  const { proof: _proof, definition: _definition, source: _source, guest: _guest, ...vm } = bare;
  assert(!toMarkdown(sampleReport("failed", vm)).includes("##"));
});

Deno.test("cell(), code() and fence() keep foreign text from changing the page", () => {
  assertEquals(cell("a|b *c* <script>\nd"), "a\\|b \\*c\\* \\<script\\> d");
  assertEquals(code("a|b"), "`a\\|b`");
  assertEquals(fence("```\nx", "diff"), ["````diff", "```\nx", "````", ""]);
});

Deno.test("toJson() gives the report back", () => {
  const report = sampleReport("succeeded", sampleVm());
  assertEquals(JSON.parse(toJson(report)), report);
});
