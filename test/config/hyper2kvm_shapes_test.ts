/** The shapes that job files of the Python hyper2kvm have: each is run, or refused with a reason. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { loadBatch, type LoadedBatch } from "../../src/config/batch.ts";
import { MigrateError } from "../../src/model/error.ts";
import { withFiles } from "../support/job_files.ts";

/** Loads one file as `hyper2kvm --config FILE` does. */
async function load(text: string, name = "job.yaml"): Promise<LoadedBatch> {
  let batch: LoadedBatch | undefined;
  await withFiles({ [name]: text }, async (path) => {
    batch = await loadBatch("run", ["--config", path], {});
  });
  return batch!;
}

/** Files that run, with the source of each machine. */
const ACCEPTED: Readonly<Record<string, readonly [text: string, sources: readonly string[][]]>> = {
  "a command and a disk": ["cmd: local\nvmdk: ./a.vmdk\noutput_dir: ./out\n", [["./a.vmdk"]]],
  "an empty command": ["cmd:\nvmdk: a.vmdk\n", [["a.vmdk"]]],
  "no command at all": ["vmdk: a.vmdk\nflatten: true\n", [["a.vmdk"]]],
  "a document with comments": [
    "---\n# Fix a Photon OS disk\ncommand: local\nvmdk: a.vmdk # the descriptor\n",
    [["a.vmdk"]],
  ],
  "JSON": ['{"command": "ova", "ova": "/a/b.ova", "output_dir": "/out", "compress": true}', [["/a/b.ova"]]],
  "every nicety of a local run": [
    "command: local\nvmdk: a.vmdk\noutput_dir: out\nworkdir: out/w\nflatten: true\nflatten_format: qcow2\n" +
    "to_output: a.qcow2\nout_format: qcow2\ncompress: true\ncompress_level: 6\nchecksum: true\n" +
    "fstab_mode: stabilize-all\nprint_fstab: true\nregen_initramfs: true\nno_grub: false\nno_backup: false\n" +
    "report: r.md\nverbose: 2\nlog_file: out/a.log\nlibvirt_test: true\nvm_name: a\nmemory: 4096\nvcpus: 4\n" +
    "uefi: true\ntimeout: 90\nkeep_domain: true\nenable_recovery: true\ndry_run: false\n",
    [["a.vmdk"]],
  ],
  "a batch": [
    "command: local\noutput_dir: out\nparallel_processing: true\nworkers: 4\nvms:\n" +
    "  - vmdk: a.vmdk\n    to_output: a.qcow2\n  - vmdk: b.vmdk\n    to_output: b.qcow2\n    compress: true\n",
    [["a.vmdk"], ["b.vmdk"]],
  ],
  "several disks of one machine": ["cmd: local\nvmdk:\n  - a.vmdk\n  - b.vmdk\n", [["a.vmdk", "b.vmdk"]]],
  "a batch of several kinds": [
    "output_dir: out\nvms:\n  - command: ova\n    ova: a.ova\n  - cmd: vhd\n    vhd: b.vhd.tar.gz\n" +
    "  - cmd: ami\n    ami: c.tar.gz\n    extract_nested_tar: true\n  - {cmd: ovf, ovf: d.ovf}\n",
    [["a.ova"], ["b.vhd.tar.gz"], ["c.tar.gz"], ["d.ovf"]],
  ],
  "defaults by anchor and merge": [
    "defaults: &d\n  compress: true\ncmd: local\nvms:\n  - <<: *d\n    vmdk: a.vmdk\n  - <<: *d\n    vmdk: b.vmdk\n",
    [["a.vmdk"], ["b.vmdk"]],
  ],
  "a download": [
    "command: fetch-and-fix\nhost: esxi\nuser: root\nport: 22\nidentity: ~/.ssh/id\nssh_opt: [StrictHostKeyChecking=no]\n" +
    "remote: /vmfs/volumes/ds/a/a.vmdk\nfetch_dir: ./downloads\nfetch_all: true\noutput_dir: out\n",
    [["ssh://root@esxi/vmfs/volumes/ds/a/a.vmdk"]],
  ],
  "sections of which nothing comes": [
    "cmd: local\nvmdk: a.vmdk\nlibvirt:\n  memory: 4096\nrecovery:\n  enabled: true\ntags: [a, b]\n",
    [["a.vmdk"]],
  ],
};

for (const [name, [text, sources]] of Object.entries(ACCEPTED)) {
  Deno.test(`loadBatch() runs a Python job file: ${name}`, async () => {
    const batch = await load(text, name === "JSON" ? "job.json" : "job.yaml");
    assertEquals(batch.jobs.map(({ job }) => job.source), sources.map((one) => [...one]));
  });
}

/** Files that are refused, with what the message must name. */
const REFUSED: Readonly<Record<string, readonly [text: string, ...parts: string[]]>> = {
  "of Azure": ["cmd: azure\nazure_resource_group: rg\nazure_vm_names: [a]\n", "cmd: azure", "Instead:"],
  "with an unknown command": ["cmd: locla\nvmdk: a.vmdk\n", "cmd: locla", "local"],
  "with a Windows driver disk": [
    "cmd: local\nvmdk: a.vmdk\nwindows: true\nvirtio_drivers_dir: /x\n",
    "virtio_drivers_dir",
    "Instead:",
  ],
  "with a wrong value": [
    "cmd: local\nvmdk: a.vmdk\nout_format: vhd\n",
    "line 3",
    "out_format",
    "one of qcow2, raw",
  ],
  "with a number that is none": [
    "cmd: local\nvmdk: a.vmdk\nmemory: 4G\n",
    '"4G"',
    "line 3",
    "a whole number",
  ],
  "of vSphere that is mixed with another": [
    "vms:\n  - {cmd: vsphere, vs_vm: a}\n  - {cmd: local, vmdk: a.vmdk}\n",
    "vms[0].cmd",
    "of its own",
  ],
  "with a section for a value": ["cmd: local\nvmdk: {path: a.vmdk}\n", "line 2", "vmdk", "one value"],
  "with a list for a value": ["cmd: local\nvmdk: a\noutput_dir: [a, b]\n", "output_dir", "one value"],
  "with machines for different commands": [
    "vms:\n  - {cmd: live-fix, host: a}\n  - {cmd: local, vmdk: a}\n",
    "their cmd differs",
  ],
  "with two documents": ["cmd: local\n---\nvmdk: a.vmdk\n", "more than 1 document"],
  "that is a list": ["- vmdk: a.vmdk\n", 'no "key: value" lines'],
};

for (const [name, [text, ...parts]] of Object.entries(REFUSED)) {
  Deno.test(`loadBatch() refuses a Python job file ${name}`, async () => {
    const error = await assertRejects(() => load(text), MigrateError);
    for (const part of parts) assertStringIncludes(error.message, part);
    assertEquals(error.exitStatus, 2);
  });
}

Deno.test("loadBatch() warns of each unknown key of a Python job file once, and --strict refuses them", async () => {
  const text = "cmd: local\nnested: {a: 1}\nvms:\n  - vmdk: a.vmdk\n    vmkd: x\n  - vmdk: b.vmdk\n";
  const { warnings } = await load(text);
  assertEquals(warnings.map((one) => /: (\w+) has no effect/.exec(one)?.[1]), ["nested", "vmkd"]);
  assertStringIncludes(warnings[1]!, "did you mean vmdk?");
  await withFiles({ "job.yaml": text }, async (path) => {
    const error = await assertRejects(
      () => loadBatch("run", ["--config", path, "--strict"], {}),
      MigrateError,
    );
    assert(error.message.includes("nested") && error.message.includes("vmkd"), error.message);
  });
});

Deno.test("loadBatch() takes a level of compression over, and says when it has no effect", async () => {
  const { jobs } = await load("cmd: local\nvmdk: a\ncompress: true\ncompress_level: 9\n");
  assertEquals([jobs[0]!.job.compress, jobs[0]!.job.compress_level], ["zlib", 9]);
  const { warnings } = await load("cmd: local\nvmdk: a\ncompress_level: 9\n");
  assertStringIncludes(warnings.join(), "compress_level has no effect without compress");
});

Deno.test("loadBatch() takes the CD with drivers for Windows over, and the bus of disks that is no default", async () => {
  const windows =
    "cmd: local\nvmdk: a\nwindows: true\nwin_stage: final\nvirtio_win_iso: /iso/virtio-win.iso\n";
  const [{ job }] = (await load(windows)).jobs as [LoadedBatch["jobs"][number]];
  assertEquals([job.win_stage, job.driver_iso, job.disk_bus], ["final", "/iso/virtio-win.iso", undefined]);
  const bus = async (name: string): Promise<string | undefined> =>
    (await load(`cmd: local\nvmdk: a\ndisk_bus: ${name}\n`)).jobs[0]!.job.disk_bus;
  assertEquals([await bus("virtio"), await bus("scsi")], [undefined, "scsi"]);
  await assertRejects(() => bus("sata"), MigrateError, "disk_bus");
});

Deno.test("loadBatch() takes one cmd that every machine has for that of the job", async () => {
  assertEquals(
    (await load("vms:\n  - {cmd: live-fix, host: a}\n  - {cmd: live-fix, host: b}\n")).command,
    "live-fix",
  );
});

Deno.test("loadBatch() takes ssh's options as on its command line, and the folder of a unit", async () => {
  const live = "cmd: live-fix\nhost: a\nssh_opt: ['-o ProxyJump=b', '-oPort=2', User=c]\n";
  assertEquals((await load(live)).jobs[0]!.job.ssh_opt, ["ProxyJump=b", "Port=2", "User=c"]);
  const units = "cmd: generate-systemd\nsystemd_output: /etc/units/h.service\n";
  assertEquals((await load(units)).jobs[0]!.job.output, "/etc/units");
});
