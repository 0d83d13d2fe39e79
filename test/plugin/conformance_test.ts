/** The rules for authors of plugins find what breaks them. */
import { assertEquals, AssertionError, assertRejects } from "@std/assert";
import {
  assertConvertsOverlays,
  assertEscapesMarkup,
  assertHeedsSignal,
  assertPlansOnce,
  assertPlansPlainly,
  assertReadsDisks,
  assertRendersPurely,
  assertSelected,
  assertTellsOfEveryMachine,
  type ConverterSample,
  type FixSample,
  linuxGuest,
  MemoryFiles,
  type SourceSample,
} from "../../src/conformance/mod.ts";
import type { Converter, ConverterContext, ConverterResult } from "../../src/converter/converter.ts";
import type { Change } from "../../src/model/change.ts";
import type { Fix } from "../../src/fix/fix.ts";
import type { Report } from "../../src/model/report.ts";
import { type Renderer, RENDERERS } from "../../src/report/renderer.ts";
import type { Source } from "../../src/source/source.ts";
import { loadPlugins } from "../../src/plugin/load.ts";
import { runCommand } from "../../src/run/command.ts";
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

/** A converter that does this. */
function converterOf(convert: (context: ConverterContext) => Promise<Partial<ConverterResult>>): Converter {
  return {
    name: "bad",
    title: "bad",
    convert: async (context) => ({ summary: "done", ...await convert(context) }),
  };
}

const change = (path: string, why: string): ConverterResult => ({
  summary: "done",
  changes: [{ kind: "text", fix: "bad", path, before: null, after: "", why }],
});

/** Where the disks, and where the overlays, of a sample are. */
async function converterSample(folder: TempFolder, work: TempFolder): Promise<ConverterSample> {
  const path = folder.file("disk.raw");
  await Deno.writeFile(path, new Uint8Array(1024 * 1024));
  return { disks: [{ path, format: "raw" }], workDir: work.path };
}

for (
  const [what, convert] of [
    ["writes to the source", async ({ source }) => {
      await Deno.writeTextFile(source.disks[0]!.path, "x");
      return {};
    }],
    ["writes beside the source", async ({ source }) => {
      await Deno.writeTextFile(`${source.disks[0]!.path}.bak`, "x");
      return {};
    }],
    ["takes the overlay off its source", async ({ overlays }) => {
      await runCommand("qemu-img", ["rebase", "-q", "-u", "-b", "", overlays[0]!.path]);
      return {};
    }],
    ["enlarges a disk", async ({ overlays }) => {
      await runCommand("qemu-img", ["resize", "-q", overlays[0]!.path, "2M"]);
      return {};
    }],
    ["damages an overlay", async ({ overlays }) => {
      await Deno.truncate(overlays[0]!.path, 512);
      return {};
    }],
    ["has nothing to say", () => Promise.resolve({ summary: "" })],
    ["names a change by a relative path", () => Promise.resolve(change("etc/fstab", "It was wrong."))],
    ["changes without a reason", () => Promise.resolve(change("/etc/fstab", ""))],
    ["tells several lines at once", ({ tell }) => {
      tell("a\nb");
      return Promise.resolve({});
    }],
  ] satisfies readonly (readonly [string, Parameters<typeof converterOf>[0]])[]
) {
  testNeeding(
    { programs: ["qemu-img"] },
    `assertConvertsOverlays() finds a converter that ${what}`,
    async () => {
      await using folder = await TempFolder.create();
      await using work = await TempFolder.create();
      const sample = await converterSample(folder, work);
      await assertRejects(() => assertConvertsOverlays(converterOf(convert), sample));
    },
  );
}

testNeeding(
  { programs: ["qemu-img"] },
  "assertHeedsSignal() finds a converter that goes on when it is to stop",
  async () => {
    await using folder = await TempFolder.create();
    await using work = await TempFolder.create();
    const sample = await converterSample(folder, work);
    const converter = converterOf(() => Promise.resolve({}));
    await assertConvertsOverlays(converter, sample);
    await assertRejects(() => assertHeedsSignal(converter, sample), AssertionError);
  },
);

for (const renderer of RENDERERS) {
  Deno.test(`the renderer ${renderer.name} passes the rules for renderers`, async () => {
    await assertRendersPurely(renderer);
    await assertTellsOfEveryMachine(renderer);
    if (renderer.name !== "json") await assertEscapesMarkup(renderer);
  });
}

const rendererOf = (render: Renderer["render"]): Renderer => ({ name: "bad", extensions: [".bad"], render });
const names = (report: Report): string => report.vms.map(({ name }) => name).join();

Deno.test("assertRendersPurely() finds a renderer that tells the time, and one that changes the report", async () => {
  await assertRejects(() => assertRendersPurely(rendererOf(() => String(performance.now()))), AssertionError);
  const changing = rendererOf((report) => {
    (report.vms as unknown[]).sort().reverse();
    (report as { status: string }).status = "failed";
    return "";
  });
  await assertRejects(() => assertRendersPurely(changing), AssertionError);
});

Deno.test("assertTellsOfEveryMachine() finds a renderer that drops one, and one that keeps a reason back", async () => {
  const first = rendererOf(({ vms }) => vms[0]?.name ?? "");
  await assertRejects(() => assertTellsOfEveryMachine(first), AssertionError, "db-01");
  await assertRejects(() => assertTellsOfEveryMachine(rendererOf(names)), AssertionError, "why");
});

Deno.test("assertEscapesMarkup() finds a page that a file name can write", async () => {
  const raw = rendererOf(({ vms }) => vms.map(({ error }) => `<p>${error?.message}</p>`).join(""));
  await assertRejects(() => assertEscapesMarkup(raw), AssertionError);
});
