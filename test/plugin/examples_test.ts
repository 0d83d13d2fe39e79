/** The example plugins, loaded as a user loads them, and held to the rules that are exported for authors. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  assertConvertsOverlays,
  assertHeedsSignal,
  assertPlansOnce,
  assertPlansPlainly,
  assertReadsDisks,
  assertRendersPurely,
  assertSelected,
  assertTellsOfEveryMachine,
  type FixSample,
  linuxGuest,
  MemoryFiles,
} from "../../src/conformance/mod.ts";
import { jobSchema } from "../../src/config/schema.ts";
import { planFixes } from "../../src/fix/plan_fixes.ts";
import { LINUX_FIXES } from "../../src/fix/registry.ts";
import type { ReportedError, VmReport } from "../../src/model/report.ts";
import type { Migration } from "../../src/orchestrator/migration.ts";
import { convertWithPlugin } from "../../src/orchestrator/steps/plugin_converter.ts";
import { loadPlugins } from "../../src/plugin/load.ts";
import { UNLIMITED } from "../../src/run/budget.ts";
import { runCommand } from "../../src/run/command.ts";
import { runCli } from "../support/cli.ts";
import { sha256 } from "../support/images.ts";
import { testNeeding } from "../support/needs.ts";
import { pluginPath } from "../support/plugins.ts";
import { contextOf } from "../support/sample_guests.ts";
import { TempFolder } from "../support/temp.ts";

const QEMU = { programs: ["qemu-img"] };

/** A tiny disk of two sectors, and their SHA-256. */
async function tinyDisk(folder: TempFolder): Promise<{ path: string; disksSha256: string[] }> {
  const [path, raw] = [folder.file("web.tiny"), folder.file("sectors")];
  const sectors = new Uint8Array(1024).fill(7);
  await Deno.writeFile(raw, sectors);
  const header = new Uint8Array(512);
  header.set(new TextEncoder().encode("TINYDISK"));
  await Deno.writeFile(path, new Uint8Array([...header, ...sectors]));
  return { path, disksSha256: [await sha256(raw)] };
}

testNeeding(QEMU, "the example of a source passes the rules for sources", async () => {
  await using folder = await TempFolder.create();
  await using work = await TempFolder.create();
  const sample = { ...await tinyDisk(folder), workDir: work.path };
  const [source] = (await loadPlugins([pluginPath("tiny_disk")])).sources;
  await assertSelected(source!, sample);
  await assertReadsDisks(source!, sample);
});

Deno.test("inspect --plugin reads what only the plugin knows", async () => {
  await using folder = await TempFolder.create();
  const { path } = await tinyDisk(folder);
  const without = await runCli(["inspect", path]);
  assertEquals(without.status, 9, without.stderr);
  const { stdout, stderr } = await runCli(["inspect", path, "--plugin", pluginPath("tiny_disk"), "--json"]);
  assertEquals(
    [JSON.parse(stdout).kind, JSON.parse(stdout).disks[0].virtualSizeBytes],
    ["tiny-disk", 1024],
    stderr,
  );
});

Deno.test("plugins of a job file start at its folder", async () => {
  await using folder = await TempFolder.create();
  const { path } = await tinyDisk(folder);
  await Deno.copyFile(pluginPath("tiny_disk"), folder.file("tiny.ts"));
  await Deno.writeTextFile(folder.file("job.yaml"), `source: ["${path}"]\nplugins: [tiny.ts]\n`);
  const { stdout, stderr } = await runCli(["inspect", "--config", folder.file("job.yaml"), "--json"]);
  assertEquals(JSON.parse(stdout).kind, "tiny-disk", stderr);
});

Deno.test("convert with a plugin that does not load does nothing, and ends with 2", async () => {
  await using folder = await TempFolder.create();
  const args = ["convert", "x.vmdk", "-o", folder.file("out"), "--plugin", folder.file("none.ts")];
  const { status, stderr } = await runCli(args);
  assertEquals(status, 2);
  assertStringIncludes(stderr, `Cannot use the plugin ${folder.file("none.ts")}: there is no such file.`);
  assertEquals(await folder.names(), []);
});

Deno.test("convert --plugin writes the report of a failed run with the plugin's renderer", async () => {
  await using folder = await TempFolder.create();
  const report = folder.file("report.csv");
  const plugin = ["--plugin", pluginPath("csv")];
  const { status, stderr } = await runCli(
    [
      "convert",
      folder.file("web.vmdk"),
      "-o",
      folder.file("out"),
      "--name",
      "web",
      "--report",
      report,
      ...plugin,
    ],
  );
  assertEquals(status, 9, stderr);
  assertMatch(await Deno.readTextFile(report), /^"name",.*\n"web","failed","source\/missing","Cannot read /);
});

Deno.test("plan of two machines loads their plugins in each Worker, too", async () => {
  await using folder = await TempFolder.create();
  const cut = folder.file("cut.tiny");
  await Deno.writeTextFile(cut, "TINYDISK");
  const vms = ["a", "b"].map((name) => ({ name, source: [cut] }));
  await Deno.writeTextFile(
    folder.file("job.yaml"),
    JSON.stringify({ plugins: pluginPath("tiny_disk"), vms }),
  );
  const { stdout } = await runCli(["plan", folder.file("job.yaml"), "--max-vms", "2", "--json"]);
  const errors = JSON.parse(stdout).vms.map((vm: VmReport) => vm.error);
  const message = `Cannot use the plugin ${pluginPath("tiny_disk")}: source tiny-disk: ${cut} is cut off`;
  assertEquals(errors.map(({ code, message }: ReportedError) => [code, message]), [
    ["plugin/failed", message],
    ["plugin/failed", message],
  ]);
});

Deno.test("the example of a fix passes the rules for fixes, and plans behind the built-in ones", async () => {
  await using work = await TempFolder.create();
  const sample = async (): Promise<FixSample> => {
    const files = new MemoryFiles({ "/etc/motd": "Welcome.\n" });
    return { files, guest: await linuxGuest(files), workDir: work.path };
  };
  const { fixes } = await loadPlugins([pluginPath("motd")]);
  await assertPlansOnce(fixes[0]!, await sample());
  await assertPlansPlainly(fixes[0]!, await sample());
  const { files, guest, workDir } = await sample();
  const plan = await planFixes(contextOf(files, guest, workDir), [...LINUX_FIXES, ...fixes]);
  const last = plan.changes.at(-1);
  assertEquals([last?.fix, last?.kind === "text" && last.after], [
    "motd",
    "Welcome.\nThis machine runs on KVM.\n",
  ]);
});

Deno.test("the example of a renderer passes the rules for renderers", async () => {
  const [csv] = (await loadPlugins([pluginPath("csv")])).renderers;
  await assertRendersPurely(csv!);
  await assertTellsOfEveryMachine(csv!);
});

testNeeding(
  { programs: ["qemu-img", "qemu-io"] },
  "the example of a converter passes the rules for converters, and stamps each overlay",
  async () => {
    await using folder = await TempFolder.create();
    await using work = await TempFolder.create();
    const path = folder.file("disk.raw");
    await Deno.writeFile(path, new Uint8Array(1024 * 1024));
    const sample = { disks: [{ path, format: "raw" as const }], workDir: work.path };
    const [stamp] = (await loadPlugins([pluginPath("stamp")])).converters;
    const { overlays } = await assertConvertsOverlays(stamp!, sample);
    await runCommand("qemu-img", ["convert", "-O", "raw", overlays[0]!.path, work.file("seen.raw")]);
    assertEquals([...(await Deno.readFile(work.file("seen.raw"))).subarray(510, 514)], [0x4b, 0x4b, 0, 0]);
    await assertHeedsSignal(stamp!, sample);
  },
);

testNeeding(
  { programs: ["qemu-img", "qemu-io"] },
  "convertWithPlugin() lets the plugin's converter change the overlays, and not the source",
  async () => {
    await using folder = await TempFolder.create();
    const [base, path] = [folder.file("disk.raw"), folder.file("disk.qcow2")];
    await Deno.writeFile(base, new Uint8Array(1024 * 1024));
    await runCommand("qemu-img", ["create", "-q", "-f", "qcow2", "-b", base, "-F", "raw", path]);
    const plugins = [pluginPath("stamp")];
    let isClosed = false;
    const found = { source: { name: "web" }, overlays: [{ path }], guest: {}, nics: [] };
    const { summary } = await convertWithPlugin({
      job: jobSchema.parse({ plugins, converter: "stamp" }),
      mode: "convert",
      plugins: await loadPlugins(plugins),
      found: { ...found, session: { close: () => Promise.resolve(void (isClosed = true)) } },
      workDir: () => Promise.resolve(folder.path),
      budget: UNLIMITED,
      signal: new AbortController().signal,
      emit: () => {},
    } as unknown as Migration);
    assertEquals([summary, isClosed], ["stamp: 1 stamped", true]);
    await runCommand("qemu-img", ["convert", "-O", "raw", path, folder.file("seen.raw")]);
    assertEquals([...(await Deno.readFile(folder.file("seen.raw"))).subarray(510, 514)], [0x4b, 0x4b, 0, 0]);
    assertEquals((await Deno.readFile(base))[0], 0);
  },
);
