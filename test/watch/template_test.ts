import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { MigrateError } from "../../src/model/error.ts";
import { jobsOf, readTemplate } from "../../src/watch/template.ts";
import { TempFolder } from "../support/temp.ts";
import { withFiles } from "../support/job_files.ts";

const file = (path: string): { path: string; sizeBytes: number; mtimeMs: number } => ({
  path,
  sizeBytes: 0,
  mtimeMs: 0,
});

Deno.test("jobsOf() puts the options beside a source over the template, and the flags over both", async () => {
  await withFiles({
    "t.yaml": "output: /out\nformat: raw\nboot_timeout: 9\n",
    "a.raw.yaml": "format: vdi\nvcpus: 3\n",
  }, async (path, beside) => {
    const folder = beside.slice(0, -"/a.raw.yaml".length);
    const template = await readTemplate([folder, "--job", path, "--max-vms", "2"], { HYPER2KVM_VCPUS: "5" });
    const files = [file("a.raw"), file("a.raw.yaml")];
    const [only] = await jobsOf(template, folder, { path: "a.raw", name: "a", kind: "source", files });
    const { source, output, format, boot_timeout, vcpus } = only!.job;
    assertEquals([source, output, format, boot_timeout, vcpus, template.job.max_vms], [
      [`${folder}/a.raw`],
      ...["/out/a", "vdi", 9, 5, 2],
    ]);
  });
});

Deno.test("jobsOf() reads the paths of a job file from where it lies", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(
    folder.file("job.yaml"),
    "vms:\n  - source: a.raw\n  - source: b.raw\n    output: kvm\n",
  );
  const template = await readTemplate([folder.path, "-o", "/out"], {});
  const arrival = { path: "job.yaml", name: "job", kind: "job", files: [file("job.yaml")] } as const;
  const jobs = await jobsOf(template, folder.path, arrival);
  assertEquals(jobs.map(({ job }) => [job.source, job.output]), [
    [[folder.file("a.raw")], "/out/job"],
    [[folder.file("b.raw")], folder.file("kvm")],
  ]);
});

Deno.test("readTemplate() refuses a template that names a machine, and none without an output folder", async () => {
  await withFiles({ "t.yaml": "output: /out\nsource: a.raw\n" }, async (path) => {
    const error = await assertRejects(() => readTemplate(["/in", "--job", path], {}), MigrateError);
    assertStringIncludes(error.message, "it names a machine");
  });
  const error = await assertRejects(() => readTemplate(["/in"], {}), MigrateError);
  assertEquals(error.code, "usage/missing-argument");
});

Deno.test("jobsOf() refuses commands that a file in the folder names", async () => {
  await withFiles({
    "t.yaml": "output: /out\nhook: [post_report=true]\n",
    "a.raw.yaml": "hook: [post_report=false]\n",
  }, async (path, beside) => {
    const folder = beside.slice(0, -"/a.raw.yaml".length);
    const template = await readTemplate([folder, "--job", path], {});
    const files = [file("a.raw"), file("a.raw.yaml")];
    const arrival = { path: "a.raw", name: "a", kind: "source", files } as const;
    const error = await assertRejects(() => jobsOf(template, folder, arrival), MigrateError);
    assertStringIncludes(error.message, "hook");
    const [one] = await jobsOf(template, folder, { ...arrival, files: [file("a.raw")] });
    assertEquals(one!.job.hook, ["post_report=true"]);
  });
});
