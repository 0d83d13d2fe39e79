import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { loadJob } from "../../src/config/load.ts";
import { MigrateError } from "../../src/model/error.ts";
import { jobSchema } from "../../src/config/schema.ts";

async function withFile(text: string, body: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(path, text);
    await body(path);
  } finally {
    await Deno.remove(path);
  }
}

async function refusal(args: string[], env: Record<string, string> = {}): Promise<MigrateError> {
  return await assertRejects(() => loadJob("convert", args, env), MigrateError);
}

Deno.test("loadJob() fills in defaults", async () => {
  const { job } = await loadJob("convert", ["a.vmdk"], {});
  assertEquals(
    [job.source, job.format, job.boot_proof, job.backup, job.initramfs, job.uri, job.compress],
    [["a.vmdk"], "qcow2", true, true, "augment", undefined, undefined],
  );
});

Deno.test("loadJob() lets flags win over the environment, and that over files in order", async () => {
  await withFile("name: one\nformat: raw\nboot_timeout: 5\nboot_proof: false\n", async (first) => {
    await withFile("boot_timeout: 6\nformat: vdi\nname: two\n", async (second) => {
      const { job, origins } = await loadJob("convert", [
        ...["--config", first, "--config", second],
        ...["--name", "flag"],
      ], { HYPER2KVM_NAME: "env", HYPER2KVM_FORMAT: "vmdk" });
      assertEquals([job.name, job.format, job.boot_timeout, job.boot_proof], ["flag", "vmdk", 6, false]);
      assertEquals([origins.name, origins.format], ["--name", "HYPER2KVM_FORMAT"]);
      assertEquals(origins.boot_timeout, `line 1 of ${second}`);
    });
  });
});

Deno.test("loadJob() reads JSON as well", async () => {
  await withFile(`{"source": ["a"], "output": "out", "force": true}`, async (path) => {
    const { job } = await loadJob("convert", ["--config", path], {});
    assertEquals([job.source, job.output, job.force], [["a"], "out", true]);
  });
});

Deno.test("loadJob() says option, value and what was expected", async () => {
  const error = await refusal(["--format", "qcow3"]);
  assertEquals(error.code, "usage/bad-value");
  assertEquals(error.message, `Cannot use "qcow3" for --format: expected one of qcow2, raw, vdi, vmdk.`);
});

Deno.test("loadJob() names the variable that holds a bad value", async () => {
  const error = await refusal([], { HYPER2KVM_BOOT_TIMEOUT: "soon" });
  assertEquals(error.message, `Cannot use "soon" for HYPER2KVM_BOOT_TIMEOUT: expected a whole number.`);
});

Deno.test("loadJob() refuses a number outside the range", async () => {
  assertStringIncludes((await refusal(["--boot-timeout", "0"])).message, "a number of at least 1");
});

Deno.test("loadJob() refuses a name that is no file name", async () => {
  for (const name of ["../x", ".", "a/b", "-x y"]) {
    assertEquals((await refusal([`--name=${name}`])).exitStatus, 2);
  }
});

Deno.test("loadJob() refuses options that do nothing without another", async () => {
  assertStringIncludes((await refusal(["--compress", "zlib", "--format", "raw"])).message, "--format qcow2");
  assertStringIncludes((await refusal(["--replace"])).message, "--define");
  assertStringIncludes((await refusal(["--v2v-arg", "x"])).message, "--use-v2v");
});

Deno.test("loadJob() says the line and the key of a bad value in a file", async () => {
  await withFile("name: db\nboot_timeout: soon\n", async (path) => {
    const error = await refusal(["--config", path]);
    assertEquals(error.code, "config/bad-file");
    assertEquals(
      error.message,
      `Cannot use "soon" for boot_timeout in line 2 of ${path}: expected a whole number.`,
    );
  });
});

Deno.test("loadJob() refuses an unknown key and names the near one", async () => {
  await withFile("name: db\n\nboot-timeot: 5\n", async (path) => {
    const error = await refusal(["--config", path]);
    assertEquals([error.code, error.hint], ["config/bad-file", "Did you mean boot_timeout?"]);
    assertStringIncludes(error.message, `line 3 of ${path}`);
  });
});

Deno.test("loadJob() refuses a file that is no list of options", async () => {
  for (const text of ["- a\n", "just text\n", "a: [1\n"]) {
    await withFile(text, async (path) => {
      assertEquals((await refusal(["--config", path])).code, "config/bad-file", text);
    });
  }
  for (const path of ["/nonexistent.yaml", "/tmp"]) {
    assertEquals((await refusal(["--config", path])).code, "config/bad-file", path);
  }
});

Deno.test("jobSchema takes linked disks as qcow2 only, and without what copies or moves them", () => {
  const problems = (options: Record<string, unknown>): string[] =>
    jobSchema.safeParse({ linked: true, ...options }).error?.issues.map(({ message }) => message) ?? [];
  assertEquals(problems({}), []);
  assertEquals(problems({ format: "raw" }), ["--linked does not go with --format raw"]);
  assertEquals(problems({ checksum: true, use_v2v: true }), [
    "--linked does not go with --checksum",
    "--linked does not go with --use-v2v",
  ]);
  assertEquals(jobSchema.safeParse({ format: "raw", checksum: true }).success, true);
});

Deno.test("jobSchema takes a converter with a plugin only, and without what the built-in fixes do", () => {
  const problem = (options: Record<string, unknown>): string | undefined =>
    jobSchema.safeParse({ converter: "a", ...options }).error?.issues[0]?.message;
  assertEquals(problem({ plugins: ["a.ts"] }), undefined);
  assertEquals(problem({}), "--converter needs --plugin");
  const other = { plugins: ["a.ts"], resize: "+1G" };
  assertEquals(problem(other), "--converter and --resize exclude each other");
});
