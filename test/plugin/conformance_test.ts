/** The rules for authors of plugins find what breaks them. */
import { assertEquals, AssertionError, assertRejects } from "@std/assert";
import {
  assertPlansOnce,
  assertPlansPlainly,
  assertReadsDisks,
  assertSelected,
  type FixSample,
  linuxGuest,
  MemoryFiles,
  type SourceSample,
} from "../../src/conformance/mod.ts";
import type { Change } from "../../src/model/change.ts";
import type { Fix } from "../../src/fix/fix.ts";
import type { Source } from "../../src/source/source.ts";
import { loadPlugins } from "../../src/plugin/load.ts";
import { sha256 } from "../support/images.ts";
import { testNeeding } from "../support/needs.ts";
import { pluginPath } from "../support/plugins.ts";
import { TempFolder } from "../support/temp.ts";

/** A fix that always plans one change. */
function fixOf(change: Partial<Change>, meanwhile: (files: MemoryFiles) => void = () => {}): Fix {
  const why = "It is broken on purpose.";
  const whole = {
    kind: "text",
    fix: "bad",
    path: "/etc/motd",
    before: "a",
    after: "a",
    why,
    ...change,
  } as Change;
  return {
    id: "bad",
    title: "bad",
    applies: () => true,
    plan: ({ files }) => {
      meanwhile(files as MemoryFiles);
      return Promise.resolve({ changes: [whole], leftAlone: [], concerns: [] });
    },
  };
}

async function motdSample(): Promise<FixSample> {
  const files = new MemoryFiles({ "/etc/motd": "a" });
  return { files, guest: await linuxGuest(files), workDir: "/nonexistent" };
}

Deno.test("assertPlansOnce() finds a fix that goes on planning", async () => {
  await assertRejects(async () => await assertPlansOnce(fixOf({}), await motdSample()), AssertionError);
});

for (
  const [what, fix] of [
    ["under another id", fixOf({ fix: "other" })],
    ["on a text that is not there", fixOf({ before: "b" } as Partial<Change>)],
    ["without a reason", fixOf({ why: "" })],
    ["and writes meanwhile", fixOf({}, (files) => files.set("/new", ""))],
  ] as const
) {
  Deno.test(`assertPlansPlainly() finds a fix that plans ${what}`, async () => {
    await assertRejects(async () => await assertPlansPlainly(fix, await motdSample()), AssertionError);
  });
}

testNeeding(
  { programs: ["qemu-img"] },
  "assertSelected() and assertReadsDisks() find a source that takes the wrong files, reads otherwise or writes",
  async () => {
    await using folder = await TempFolder.create();
    await using work = await TempFolder.create();
    const path = folder.file("web.tiny");
    const content = new Uint8Array(1024);
    content.set(new TextEncoder().encode("TINYDISK"));
    await Deno.writeFile(path, content);
    await Deno.writeFile(work.file("sectors"), content.subarray(512));
    const sample: SourceSample = {
      path,
      workDir: work.path,
      disksSha256: [await sha256(work.file("sectors"))],
    };
    const tiny = (await loadPlugins([pluginPath("tiny_disk")])).sources[0]!;
    await assertReadsDisks(tiny, sample);
    await assertRejects(() => assertReadsDisks(tiny, { ...sample, disksSha256: ["0"] }), AssertionError);
    const writing: Source = {
      ...tiny,
      read: async (head, context) => {
        await Deno.writeTextFile(folder.file("note"), "x");
        return await tiny.read(head, context);
      },
    };
    await assertRejects(() => assertReadsDisks(writing, sample), AssertionError);
    const qcow2 = new Uint8Array(512);
    qcow2.set([0x51, 0x46, 0x49, 0xfb]);
    await Deno.writeFile(path, qcow2);
    await assertRejects(() => assertSelected({ ...tiny, matches: () => true }, sample), AssertionError);
    assertEquals(await folder.names(), ["note", "web.tiny"]);
  },
);
