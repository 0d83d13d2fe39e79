import { assertEquals } from "@std/assert";
import { type Job, jobSchema } from "../../src/config/schema.ts";
import type { Stage } from "../../src/model/stage.ts";
import { disksKey, fileIdentity, fingerprint, machineKey } from "../../src/orchestrator/identity.ts";
import { Journal, type StepRecord } from "../../src/orchestrator/journal.ts";
import { type Resume, resumeFrom } from "../../src/orchestrator/resume.ts";
import { loadPlugins } from "../../src/plugin/load.ts";
import { sampleVm } from "../support/sample_report.ts";
import { TempFolder } from "../support/temp.ts";

const STAGES: readonly Stage[] = [
  ...["discover", "preflight", "open", "inspect", "fix", "copy", "verify", "prove", "define"] as const,
];

/** A folder in which a run of a job has come so far. */
class Earlier implements AsyncDisposable {
  readonly #folder: TempFolder;
  readonly journal: Journal;
  job: Job;

  private constructor(folder: TempFolder, job: Job) {
    this.#folder = folder;
    this.journal = Journal.open(folder.path);
    this.job = job;
  }

  static async create(): Promise<Earlier> {
    const folder = await TempFolder.create();
    await Deno.writeTextFile(folder.file("web.vmdk"), "source");
    await Deno.writeTextFile(folder.file("web.qcow2"), "disk");
    return new Earlier(folder, jobSchema.parse({ source: [folder.file("web.vmdk")], output: folder.path }));
  }

  file(name: string): string {
    return this.#folder.file(name);
  }

  async inputs(): Promise<{ path: string; sizeBytes: number; mtimeMs: number; fingerprint: string }[]> {
    const path = this.file("web.vmdk");
    return [{ ...await fileIdentity(path), fingerprint: await fingerprint(path) }];
  }

  /** Records a run that has completed these stages. */
  async ran(stages: readonly Stage[], status?: "succeeded" | "failed"): Promise<void> {
    const claims = [this.file("web.qcow2"), this.file("web.xml")];
    const inputs = await this.inputs();
    this.journal.begin({ name: "web", key: disksKey(this.job), inputs, claims, startedAt: "2026-01-02" }, []);
    for (const stage of stages) this.journal.record("web", await this.#step(stage));
    if (status !== undefined) this.journal.finish("web", status, sampleVm());
  }

  /** Records a run that was stopped behind the fixes. */
  async ranToFix(): Promise<void> {
    const path = this.file("overlay-1.qcow2");
    await Deno.writeTextFile(path, "overlay");
    await this.ran(["open", "inspect"]);
    const overlays = [{ path, source: sampleVm().source!.disks[0]! }];
    const products = [await fileIdentity(path)];
    this.journal.record("web", { ...await this.#step("fix"), found: { overlays }, products });
  }

  /** Records further stages. */
  async ranOn(stages: readonly Stage[]): Promise<void> {
    for (const stage of stages) this.journal.record("web", await this.#step(stage));
  }

  async #step(stage: Stage): Promise<StepRecord> {
    const isLate = stage === "prove" || stage === "define";
    const proof = sampleVm().proof!;
    return {
      ...{ stage, status: "done", startedAt: "2026-01-02", elapsedMs: 1, summary: "", concerns: [] },
      key: isLate ? machineKey(this.job) : disksKey(this.job),
      found: stage === "prove" ? { proof } : {},
      products: stage === "verify" ? [await fileIdentity(this.file("web.qcow2"))] : [],
    };
  }

  /** What the next run keeps. */
  async next(changes: Partial<Job> = {}): Promise<Resume> {
    const job = { ...this.job, ...changes };
    const stages = STAGES.filter((stage) => stage !== "prove" || job.boot_proof);
    const inputs = await this.inputs();
    return await resumeFrom({ journal: this.journal, name: "web", job, inputs, stages, isMade: () => false });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.journal[Symbol.dispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

const DISKS: readonly Stage[] = ["open", "inspect", "fix", "copy", "verify"];
const kept = ({ kept }: Resume): readonly Stage[] => kept.map((step) => step.stage);

Deno.test("resumeFrom() begins anew without an earlier run", async () => {
  await using earlier = await Earlier.create();
  assertEquals(await earlier.next(), { kept: [], own: [] });
});

Deno.test("resumeFrom() begins anew when the disks are not finished, and may replace what was begun", async () => {
  await using earlier = await Earlier.create();
  await earlier.ran(["open", "inspect", "fix", "copy"]);
  assertEquals(await earlier.next(), { kept: [], own: [earlier.file("web.qcow2"), earlier.file("web.xml")] });
});

Deno.test("resumeFrom() keeps finished disks", async () => {
  await using earlier = await Earlier.create();
  await earlier.ran(DISKS);
  assertEquals(kept(await earlier.next()), DISKS);
});

Deno.test("resumeFrom() keeps finished disks for another proof and another definition", async () => {
  await using earlier = await Earlier.create();
  await earlier.ran([...DISKS, "prove"], "failed");
  assertEquals(kept(await earlier.next()), [...DISKS, "prove"]);
  assertEquals(kept(await earlier.next({ boot_timeout: 99 })), [...DISKS, "prove"]);
  assertEquals(kept(await earlier.next({ memory: 4096 })), DISKS);
  assertEquals(kept(await earlier.next({ boot_proof: false })), DISKS);
});

Deno.test("resumeFrom() does not keep disks that other options would make otherwise", async () => {
  await using earlier = await Earlier.create();
  await earlier.ran(DISKS);
  assertEquals(await earlier.next({ compress: "zlib" }), { kept: [], own: [] });
});

Deno.test("resumeFrom() does not keep disks when the source has changed", async () => {
  await using earlier = await Earlier.create();
  await earlier.ran(DISKS);
  await Deno.writeTextFile(earlier.file("web.vmdk"), "Source");
  assertEquals(await earlier.next(), { kept: [], own: [] });
});

Deno.test("resumeFrom() neither keeps nor replaces a disk that was written to since", async () => {
  await using earlier = await Earlier.create();
  await earlier.ran(DISKS);
  await Deno.utime(earlier.file("web.qcow2"), 1, 1);
  assertEquals(await earlier.next(), { kept: [], own: [] });
});

Deno.test("resumeFrom() knows a finished job, also when its machine was started since", async () => {
  await using earlier = await Earlier.create();
  await earlier.ran([...DISKS, "prove", "define"], "succeeded");
  await Deno.utime(earlier.file("web.qcow2"), 1, 1);
  assertEquals((await earlier.next()).finished?.name, "web");
  assertEquals((await earlier.next({ restart: true })).finished, undefined);
  assertEquals((await earlier.next({ force: true })).finished, undefined);
});

Deno.test("resumeFrom() does not call a job finished whose disk is gone", async () => {
  await using earlier = await Earlier.create();
  await earlier.ran([...DISKS, "prove", "define"], "succeeded");
  await Deno.remove(earlier.file("web.qcow2"));
  assertEquals((await earlier.next()).finished, undefined);
});

Deno.test("resumeFrom() lets --restart replace the files of the earlier run", async () => {
  await using earlier = await Earlier.create();
  await earlier.ran(DISKS);
  const { kept, own } = await earlier.next({ restart: true });
  assertEquals([kept.length, own.length], [0, 2]);
});

Deno.test("disksKey() is the same for a path written in another way, and not for other options", () => {
  const job = jobSchema.parse({ source: ["a.vmdk"] });
  assertEquals(
    disksKey(job),
    disksKey({ ...job, source: [`${Deno.cwd()}/a.vmdk`], verbose: true, force: true }),
  );
  assertEquals(disksKey(job) === disksKey({ ...job, name: "x" }), false);
});

Deno.test("Journal.open() opens a journal that another connection is writing to", async () => {
  await using folder = await TempFolder.create();
  using first = Journal.open(folder.path);
  using second = Journal.open(folder.path);
  first.begin({ name: "web", key: "k", inputs: [], claims: [], startedAt: "2026-01-02" }, []);
  second.begin({ name: "db", key: "k", inputs: [], claims: [], startedAt: "2026-01-03" }, []);
  assertEquals(first.machines().map((one) => one.name), ["web", "db"]);
});

Deno.test("resumeFrom() goes on with the fixed overlays of an earlier run, as long as they are as it left them", async () => {
  await using earlier = await Earlier.create();
  await earlier.ranToFix();
  assertEquals(kept(await earlier.next()), ["open", "inspect", "fix"]);
  await Deno.writeTextFile(earlier.file("overlay-1.qcow2"), "another overlay");
  assertEquals(kept(await earlier.next()), []);
});

Deno.test("resumeFrom() does not miss the overlays of finished disks", async () => {
  await using earlier = await Earlier.create();
  await earlier.ranToFix();
  await earlier.ranOn(["copy", "verify"]);
  await Deno.remove(earlier.file("overlay-1.qcow2"));
  const { kept: steps } = await earlier.next();
  assertEquals(steps.map((step) => step.stage), DISKS);
  assertEquals(steps.find((step) => step.stage === "fix")?.found.overlays, undefined);
});

Deno.test("disksKey() changes with the content of a plugin, unless it only renders reports", async () => {
  await using folder = await TempFolder.create();
  const keys = async (body: string): Promise<string[]> => {
    const found: string[] = [];
    for (const [name, more] of [["a.ts", ""], ["b.ts", ""], ["c.ts", "// another"]] as const) {
      const path = folder.file(`${body.length}-${name}`);
      await Deno.writeTextFile(path, `export default { name: "x", ${body} };${more}`);
      await loadPlugins([path]);
      found.push(disksKey(jobSchema.parse({ source: ["a.vmdk"], plugins: [path] })));
    }
    return found;
  };
  const [fix, moved, changed] = await keys(`fixes: [{ id: "a", title: "A", applies() {}, plan() {} }]`);
  assertEquals([fix === moved, fix === changed], [true, false]);
  const renderers = await keys(`renderers: [{ name: "a", extensions: [".a"], render() {} }]`);
  assertEquals(new Set(renderers).size, 1);
});
