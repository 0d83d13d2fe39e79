import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { watchArgs } from "../../src/cli/run.ts";
import { loadBatch, type LoadedBatch } from "../../src/config/batch.ts";
import { MigrateError } from "../../src/model/error.ts";
import { withFiles } from "../support/job_files.ts";

async function run(text: string, ...flags: string[]): Promise<LoadedBatch> {
  let batch: LoadedBatch | undefined;
  await withFiles(
    { "job.yaml": text },
    async (path) => void (batch = await loadBatch("run", [path, ...flags], {})),
  );
  return batch!;
}

async function refusal(text: string, ...flags: string[]): Promise<MigrateError> {
  return await assertRejects(() => run(text, ...flags), MigrateError);
}

Deno.test("foreignLayers() takes over a job of one local disk", async () => {
  const { jobs, warnings } = await run(`command: local
vmdk: /vms/web.vmdk
output_dir: /out
to_output: web-fixed.qcow2
flatten: true
out_format: qcow2
compress: yes
checksum: true
fstab_mode: stabilize-all
regen_initramfs: true
remove_vmware_tools: true
workdir: /out/work
report: local.md
verbose: 2
`);
  const { job } = jobs[0]!;
  assertEquals(
    [job.source, job.output, job.name, job.format, job.compress, job.checksum, job.remove_vmware_tools],
    [["/vms/web.vmdk"], "/out", "web-fixed", "qcow2", "zlib", true, true],
  );
  assertEquals([job.work_dir, job.report, job.verbose, job.backup], [
    "/out/work",
    "/out/local.md",
    true,
    true,
  ]);
  assertEquals(warnings, []);
});

Deno.test("foreignLayers() says in which line and under which key a value stood", async () => {
  await withFiles({ "job.yaml": "cmd: local\nvmdk: a.vmdk\nmemory: lots\n" }, async (path) => {
    const error = await assertRejects(() => loadBatch("run", [path], {}), MigrateError);
    assertEquals(error.code, "config/bad-file");
    assertStringIncludes(error.message, `line 3 of ${path} (memory)`);
  });
});

Deno.test("foreignLayers() names the machine by vm_name and its disks by to_output", async () => {
  const { job } =
    (await run("cmd: local\nvmdk: a.vmdk\nvm_name: web-01\nto_output: disks/web.raw\nvirsh_define: on\n"))
      .jobs[0]!;
  assertEquals(
    [job.name, job.disk_name, job.output, job.format, job.define],
    ["web-01", "web", "out/disks", "raw", true],
  );
});

Deno.test("foreignLayers() takes the input that the command names", async () => {
  const sources = "vmdk: a.vmdk\nova: a.ova\novf: a.ovf\nvhd: a.vhd\nami: a.tar.gz\n";
  for (const [command, path] of [["ova", "a.ova"], ["ovf", "a.ovf"], ["vhd", "a.vhd"], ["ami", "a.tar.gz"]]) {
    assertEquals((await run(`${sources}cmd: ${command}\n`)).jobs[0]!.job.source, [path!]);
  }
  assertEquals((await run(sources, "--cmd", "ova")).jobs[0]!.job.source, ["a.ova"]);
});

Deno.test("foreignLayers() fetches over SSH for cmd: fetch-and-fix", async () => {
  const { jobs, warnings } = await run(
    "cmd: fetch-and-fix\nhost: esx1\nport: 2222\nidentity: /k\nremote: /vmfs/volumes/a/a.vmdk\nfetch_all: true\n",
  );
  assertEquals(jobs[0]!.job.source, ["ssh://root@esx1/vmfs/volumes/a/a.vmdk"]);
  assertEquals([jobs[0]!.job.port, jobs[0]!.job.identity, warnings], [2222, "/k", []]);
});

Deno.test("foreignLayers() takes cmd: live-fix over to the command for running guests", async () => {
  const { command, jobs, warnings } = await run(
    "cmd: live-fix\nhost: web-01\nuser: admin\nport: 2222\nidentity: /k\nssh_opt: [ProxyJump=bastion]\nsudo: true\n" +
      "dry_run: true\nremove_vmware_tools: true\nregen_initramfs: false\n",
  );
  const { job } = jobs[0]!;
  assertEquals([command, job.source, job.port, job.identity, job.ssh_opt], [
    "live-fix",
    ["admin@web-01"],
    2222,
    "/k",
    ["ProxyJump=bastion"],
  ]);
  assertEquals([job.sudo, job.dry_run, job.remove_vmware_tools, job.initramfs, warnings], [
    true,
    true,
    true,
    "off",
    [],
  ]);
  assertEquals((await run("cmd: live-fix\nhost: web-01\n")).jobs[0]!.job.source, ["root@web-01"]);
  assertEquals((await run("cmd: local\nvmdk: a\n")).command, undefined);
});

Deno.test("loadBatch() refuses job files for different commands together", async () => {
  await withFiles(
    { "a.yaml": "cmd: live-fix\nhost: a\n", "b.yaml": "cmd: local\nvmdk: b\n" },
    async (a, b) => {
      const error = await assertRejects(() => loadBatch("run", [a, b], {}), MigrateError);
      assertStringIncludes(error.message, "each is for another command");
    },
  );
});

Deno.test("foreignLayers() refuses everything that it cannot honour at once, with what to use instead", async () => {
  const error = await refusal("cmd: local\nvmdk: a\nno_grub: true\ndisk_bus: ide\nmachine: pc\n");
  assertEquals(error.code, "config/bad-file");
  for (const part of ["3 options", "no_grub: true", 'disk_bus: "ide"', 'machine: "pc"', "Instead:"]) {
    assertStringIncludes(error.message, part);
  }
});

Deno.test("foreignLayers() does not refuse an option that asks for nothing", async () => {
  const { warnings } = await run(
    "cmd: local\nvmdk: a\nno_grub: false\nwin_driver_iso: null\ncloudinit_iso: ''\nmachine: q35\nno_backup: no\n",
  );
  assertEquals(warnings, []);
});

Deno.test("foreignLayers() never shows a password", async () => {
  const error = await refusal("cmd: local\nvmdk: a\nluks_passphrase: geheim99\n");
  assertEquals(error.message.includes("geheim99"), false);
});

Deno.test("foreignLayers() refuses commands that are not there yet, and unknown ones with the near one", async () => {
  assertStringIncludes((await refusal("cmd: azure\n")).message, "cmd: azure is refused: not yet");
  assertStringIncludes((await refusal("cmd: lokal\nvmdk: a\n")).message, "Instead: local");
});

Deno.test("foreignLayers() warns once of keys without effect; --strict refuses them", async () => {
  const text = "cmd: local\nserial_console: true\nvcenter: vc\nvms:\n  - vmdk: a\n  - vmdk: b\n";
  const { warnings } = await run(text);
  assertEquals(warnings.map((one) => / (serial_console|vcenter) /.exec(one)?.[1]), [
    "serial_console",
    "vcenter",
  ]);
  assertEquals((await refusal(text, "--strict")).exitStatus, 2);
});

Deno.test("foreignLayers() merges files in order, and machines over them", async () => {
  const base = "output_dir: /out\nout_format: raw\nverbose: 1\n";
  const own =
    "cmd: local\nout_format: qcow2\nvms:\n  - vmdk: a.vmdk\n    to_output: a.qcow2\n  - vmdk: b.vmdk\n    vcpus: 4\n";
  await withFiles({ "base.yaml": base, "own.yaml": own }, async (first, second) => {
    const { jobs, isBatch } = await loadBatch("run", ["--config", first, second], {});
    assertEquals(isBatch, true);
    assertEquals(jobs.map(({ job }) => [job.source[0], job.name, job.format, job.output, job.vcpus]), [
      ["a.vmdk", "a", "qcow2", "/out", undefined],
      ["b.vmdk", undefined, "qcow2", "/out", 4],
    ]);
  });
});

Deno.test("isForeign() refuses to merge files of both programs", async () => {
  await withFiles({ "a.yaml": "cmd: local\nvmdk: a\n", "b.yaml": "boot_proof: false\n" }, async (a, b) => {
    const error = await assertRejects(() => loadBatch("run", [a, b], {}), MigrateError);
    assertStringIncludes(error.message, "Cannot merge");
  });
});

Deno.test("foreignLayers() takes over how many run virt-v2v at once, and virt-v2v after the fixes", async () => {
  const base = "cmd: local\nvmdk: /vms/web.vmdk\noutput_dir: /out\n";
  const { jobs } = await run(`${base}v2v_parallel: true\nv2v_concurrency: 3\npost_v2v: true\n`);
  const { job } = jobs[0]!;
  assertEquals([job.v2v_concurrency, job.post_v2v, job.use_v2v], [3, true, false]);
  assertEquals((await run(`${base}v2v_concurrency: 3\n`)).jobs[0]!.job.v2v_concurrency, undefined);
});

Deno.test("foreignLayers() knows the command that a daemon's file and a unit's file ask for", async () => {
  const daemon = await run("cmd: daemon\nwatch_dir: /in\noutput_dir: /out\nvmdk: a.vmdk\nout_format: raw\n");
  const { job } = daemon.shared;
  assertEquals([daemon.command, job.watch_dir, job.output, job.format, job.source], [
    "watch",
    "/in",
    "/out",
    "raw",
    [],
  ]);
  const units = await run("cmd: generate-systemd\nsystemd_output: /units\n");
  assertEquals([units.command, units.shared.job.output], ["systemd", "/units"]);
});

Deno.test("watchArgs() makes the job files the template and keeps other flags", () => {
  assertEquals(
    watchArgs(["--config", "a.yaml", "--cmd", "daemon", "-v", "--max-vms", "2", "b.json"], "/in"),
    [
      ...["/in", "--job", "a.yaml", "-v", "--max-vms", "2", "--job", "b.json"],
    ],
  );
  assertThrows(() => watchArgs([], undefined), MigrateError, "watch_dir");
});

Deno.test("foreignLayers() honours fstab_mode, resize and cloud_init_config", async () => {
  const { jobs, warnings } = await run(
    "cmd: local\nvmdk: a\nfstab_mode: bypath-only\nresize: +10G\ncloud_init_config: /seed.yaml\n",
  );
  const { fstab_mode, resize, cloud_init_config } = jobs[0]!.job;
  assertEquals([fstab_mode, resize, cloud_init_config], ["bypath-only", "+10G", "/seed.yaml"]);
  assertEquals(warnings, []);
});
