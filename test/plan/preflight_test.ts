import { assertEquals, assertStringIncludes } from "@std/assert";
import { blockingError, preflight, RULES } from "../../src/plan/preflight.ts";
import { HOST, preflightFacts } from "../support/preflight_facts.ts";
import { TempFolder } from "../support/temp.ts";

const facts = preflightFacts;

Deno.test("preflight() finds nothing where all is well", async () => {
  await using folder = await TempFolder.create();
  assertEquals(await preflight(await facts(folder)), []);
});

Deno.test("preflight() names every missing tool and its package", async () => {
  await using folder = await TempFolder.create();
  const host = { ...HOST, qemuImg: null, qemu: null };
  const error = blockingError(await preflight(await facts(folder, { host })));
  assertEquals([error?.code, error?.exitStatus], ["tool/missing", 5]);
  assertStringIncludes(error?.message ?? "", "qemu-img and qemu-system-x86_64");
  assertStringIncludes(error?.hint ?? "", "qemu-utils qemu-system-x86");
});

Deno.test("preflight() does not ask for qemu without the boot proof", async () => {
  await using folder = await TempFolder.create();
  const given = await facts(folder, { host: { ...HOST, qemu: null } });
  assertEquals(await preflight({ ...given, job: { ...given.job, boot_proof: false } }), []);
});

Deno.test("preflight() tells a missing library from a missing tool", async () => {
  await using folder = await TempFolder.create();
  const host = { ...HOST, libguestfs: null, libguestfsReason: "cannot open libguestfs.so.0" };
  assertEquals(blockingError(await preflight(await facts(folder, { host })))?.code, "library/missing");
});

Deno.test("preflight() refuses an output that exists, unless forced", async () => {
  await using folder = await TempFolder.create();
  const given = await facts(folder);
  await Deno.mkdir(given.outputDir);
  await Deno.writeTextFile(given.outputs[0]!, "an earlier run");
  const error = blockingError(await preflight(given));
  assertEquals([error?.code, error?.exitStatus], ["usage/output-exists", 2]);
  assertStringIncludes(error?.hint ?? "", "--force");
  assertEquals(await preflight({ ...given, job: { ...given.job, force: true } }), []);
});

Deno.test("preflight() never lets an output replace the source, not even forced", async () => {
  await using folder = await TempFolder.create();
  const given = await facts(folder);
  await Deno.link(given.source.location, folder.file("same.qcow2"));
  const job = { ...given.job, force: true };
  const error = blockingError(await preflight({ ...given, job, outputs: [folder.file("same.qcow2")] }));
  assertEquals(error?.code, "usage/bad-value");
  assertStringIncludes(error?.message ?? "", "it is the source itself");
});

Deno.test("preflight() refuses an output folder that is a file", async () => {
  await using folder = await TempFolder.create();
  await Deno.writeTextFile(folder.file("file"), "");
  const error = blockingError(await preflight(await facts(folder, { outputDir: folder.file("file") })));
  assertEquals([error?.code, error?.exitStatus], ["permission/denied", 3]);
});

Deno.test("preflight() only warns when KVM cannot be used", async () => {
  await using folder = await TempFolder.create();
  const host = { ...HOST, accelerator: "tcg", acceleratorReason: "no /dev/kvm" } as const;
  const findings = await preflight(await facts(folder, { host }));
  assertEquals(findings.map((one) => [one.id, one.severity]), [["host/no-kvm", "warning"]]);
  assertEquals(blockingError(findings), null);
});

Deno.test("RULES have ids of their own", () => {
  assertEquals(new Set(RULES.map((rule) => rule.id)).size, RULES.length);
});
