import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { loadBatch } from "../../src/config/batch.ts";
import { csvLayers, csvRecords } from "../../src/config/csv.ts";
import { dumpJson, dumpOptions, dumpYaml } from "../../src/config/dump.ts";
import { OPTIONS } from "../../src/config/options.ts";
import { MigrateError } from "../../src/model/error.ts";
import { withFiles } from "../support/job_files.ts";

const TWO = `output: /out
boot_timeout: 60
vms:
  - source: a.vmdk
    name: a
  - source: [b.vmdk, c.vmdk]
    name: b
    boot_timeout: 90
    depends_on: a
`;

Deno.test("loadBatch() gives each machine its own options over the shared ones, and flags over both", async () => {
  await withFiles({ "job.yaml": TWO }, async (path) => {
    const { jobs, isBatch } = await loadBatch("run", [path, "--format", "raw"], {});
    assertEquals(isBatch, true);
    assertEquals(
      jobs.map(({ job, dependsOn }) => [job.source, job.boot_timeout, job.format, job.output, dependsOn]),
      [
        [["a.vmdk"], 60, "raw", "/out", []],
        [["b.vmdk", "c.vmdk"], 90, "raw", "/out", ["a"]],
      ],
    );
    assertEquals(jobs[1]!.origins.boot_timeout, `vms[1].boot_timeout in ${path}`);
  });
});

Deno.test("loadBatch() takes job files that each name a source as machines, and merges others", async () => {
  await withFiles({
    "a.yaml": "source: a\noutput: o\n",
    "b.yaml": "source: b\noutput: o\n",
    "c.yaml": "force: true\n",
  }, async (a, b, c) => {
    const both = await loadBatch("run", [a, b], {});
    assertEquals(both.jobs.map(({ job }) => job.source), [["a"], ["b"]]);
    const merged = await loadBatch("run", [a, c], {});
    assertEquals([merged.jobs.length, merged.isBatch, merged.jobs[0]!.job.force], [1, false, true]);
  });
});

Deno.test("loadBatch() reads machines from CSV", async () => {
  await withFiles(
    { "vms.csv": "source,name,memory,depends_on\na.vmdk;b.vmdk,web,2048,\nc.vmdk,db,,web\n" },
    async (path) => {
      const { jobs } = await loadBatch("convert", ["--csv", path, "-o", "out"], {});
      assertEquals(jobs.map(({ job, dependsOn }) => [job.source, job.name, job.memory, dependsOn]), [
        [["a.vmdk", "b.vmdk"], "web", 2048, []],
        [["c.vmdk"], "db", undefined, ["web"]],
      ]);
    },
  );
});

Deno.test("loadBatch() refuses two machines of one name, unknown dependencies and circles", async () => {
  const cases = {
    "called a": "vms:\n  - {source: x, name: a, output: o}\n  - {source: y, name: a, output: o}\n",
    "depends on z": "vms:\n  - {source: x, name: a, depends_on: z}\n",
    "wait for each other":
      "vms:\n  - {source: x, name: a, depends_on: b}\n  - {source: y, name: b, depends_on: a}\n",
  };
  for (const [part, text] of Object.entries(cases)) {
    await withFiles({ "job.yaml": text }, async (path) => {
      const error = await assertRejects(() => loadBatch("run", [path], {}), MigrateError);
      assertEquals(error.code, "config/bad-file");
      assertStringIncludes(error.message, part);
    });
  }
});

Deno.test("loadBatch() names the machine and the key of a wrong value", async () => {
  await withFiles({ "job.yaml": "vms:\n  - source: a\n    format: qcow3\n" }, async (path) => {
    const error = await assertRejects(() => loadBatch("run", [path], {}), MigrateError);
    assertStringIncludes(error.message, `for vms[0].format in ${path}: expected one of`);
  });
});

Deno.test("loadBatch() takes a job file as the source of plan", async () => {
  await withFiles({ "job.yaml": "source: a.vmdk\n" }, async (path) => {
    assertEquals((await loadBatch("plan", [path], {})).jobs[0]!.job.source, ["a.vmdk"]);
  });
});

Deno.test("csvRecords() reads quotes, commas and line ends inside them", () => {
  assertEquals(csvRecords('a,"b ""x"", y",\r\n\n"c\nd",e\n'), [
    { line: 1, fields: ["a", 'b "x", y', ""] },
    { line: 3, fields: ["c\nd", "e"] },
  ]);
});

Deno.test("csvLayers() refuses a column that is no option, and a stray quote", () => {
  assertThrows(() => csvLayers("a.csv", "sorce\nx\n"), MigrateError, 'no option "sorce"');
  assertThrows(() => csvLayers("a.csv", 'source\na"b\n'), MigrateError, "quote");
});

Deno.test("dumpYaml() prints a job file that sets the same, with the origin of each value", async () => {
  await withFiles({ "job.yaml": "source: a\nname: web\n" }, async (path) => {
    const batch = await loadBatch("run", [path, "--format=raw"], { HYPER2KVM_FORCE: "yes" });
    const text = dumpYaml("run", batch);
    for (
      const line of [
        `name: "web" +# line 2 of ${path}`,
        'format: "raw" +# --format',
        "force: true +# HYPER2KVM_FORCE",
      ]
    ) {
      assertEquals([line, new RegExp(`^${line}$`, "m").test(text)], [line, true]);
    }
    await withFiles({ "again.yaml": text }, async (again) => {
      assertEquals((await loadBatch("run", [again], {})).jobs[0]!.job, batch.jobs[0]!.job);
    });
  });
});

Deno.test("dumpJson() lists the machines of a batch", async () => {
  await withFiles({ "job.yaml": TWO }, async (path) => {
    const dumped = JSON.parse(dumpJson("run", await loadBatch("run", [path], {})));
    assertEquals(dumped.vms.map((vm: { name: { value: string } }) => vm.name.value), ["a", "b"]);
  });
});

Deno.test("dumpOptions() masks secrets", async () => {
  const loaded = (await loadBatch("convert", ["a", "--name", "web"], {})).jobs[0]!;
  const secret = OPTIONS.map((option) =>
    option.key === "name" ? { ...option, secret: true as const } : option
  );
  assertEquals(dumpOptions(loaded, secret).name, { value: "***", origin: "--name" });
});
