import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { toHtml } from "../../src/report/html.ts";
import { html } from "../../src/report/html_text.ts";
import { sampleReport, sampleVm } from "../support/sample_report.ts";

Deno.test("html`` escapes what is not markup, and leaves out control characters", () => {
  assertEquals(
    html`<b>${'<i> & "x" \'\u0007'}</b>${html`<hr>`}${undefined}${false}${[1, "<"]}`.markup,
    "<b>&lt;i&gt; &amp; &quot;x&quot; &#39;\uFFFD</b><hr>1&lt;",
  );
});

Deno.test("toHtml() has nothing that a browser would fetch or run", () => {
  const page = toHtml(
    sampleReport("succeeded", sampleVm()),
    new Map([["/out/evidence/login.png", new Uint8Array([1])]]),
  );
  assertStringIncludes(
    page,
    `content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; img-src data:"`,
  );
  assertEquals([...page.matchAll(/\b(?:src|href)="([^"]*)"/g)].map((match) => match[1]), [
    "data:image/png;base64,AQ==",
  ]);
  assert(!/<script|@import|url\(/i.test(page));
});

Deno.test("toHtml() shows the definition, the diffs, the milestones and the concerns", () => {
  const page = toHtml(
    sampleReport("succeeded", sampleVm()),
    new Map(),
    new Map([["/out/web-01.xml", "<domain/>"]]),
  );
  for (
    const part of [
      "&lt;domain/&gt;",
      '<span class="del">-/dev/sda1 / ext4',
      "web-01 login:",
      "warning",
      "41 s",
    ]
  ) {
    assertStringIncludes(page, part);
  }
});

Deno.test("toHtml() shows what a guest calls itself as text", () => {
  const guest = { ...sampleVm().guest!, hostname: "<script>alert(1)</script>" };
  const page = toHtml(sampleReport("succeeded", sampleVm({ guest })));
  assert(!page.includes("<script>"));
  assertStringIncludes(page, "&lt;script&gt;alert(1)");
});

Deno.test("toHtml() lists the machines of a batch and the error of each that failed", () => {
  const error = {
    code: "disk/damaged",
    message: "Cannot read db.vmdk: it is damaged.",
    hint: "Export it again.",
  } as const;
  const { proof: _proof, ...rest } = sampleVm({
    name: "db-02",
    status: "failed",
    error,
    outputs: [],
    stages: [],
  });
  const page = toHtml(sampleReport("failed", sampleVm(), rest));
  for (const part of ['<a href="#vm-2">db-02</a>', "disk/damaged", "Export it again."]) {
    assertStringIncludes(page, part);
  }
});

Deno.test("toHtml() leaves the summary out of which nothing is known", () => {
  const { source: _source, guest: _guest, ...rest } = sampleVm({ status: "failed", outputs: [], nics: [] });
  const page = toHtml(sampleReport("failed", rest));
  assert(!page.includes("<h2>Summary</h2>"));
  assertStringIncludes(toHtml(sampleReport("succeeded", sampleVm())), "<h2>Summary</h2>");
});
